import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  symlink,
  truncate,
  writeFile
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agentCodec, NodeResources, type ServerSpec } from '@ctrl-alt-play/protocol'
import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { createCpuMeter } from '../src/host/cpu-meter.ts'
import { createEngineWatch } from '../src/host/engine-watch.ts'
import { sumTraffic } from '../src/host/network-traffic.ts'
import { createVitals } from '../src/host/vitals.ts'
import { checkImage } from '../src/policy/check-image.ts'
import { parseImageReference } from '../src/policy/image-reference.ts'
import { defaultPolicy, loadPolicy, parsePolicy } from '../src/policy/policy.ts'
import { containerOptions } from '../src/runtime/container-spec.ts'
import { startError } from '../src/runtime/engine-errors.ts'
import { countFolder } from '../src/runtime/folder-size.ts'
import { cpuPercent } from '../src/runtime/game-stats.ts'
import { createLineAssembler } from '../src/runtime/log-lines.ts'
import { createMessageParser } from '../src/runtime/log-messages.ts'
import { formatSince } from '../src/runtime/log-stamp.ts'
import { pullError } from '../src/runtime/pull-errors.ts'
import { createPullMeter } from '../src/runtime/pull-progress.ts'
import { specHashOf } from '../src/runtime/spec-hash.ts'
import { createMemoryDriver } from './memory-driver.ts'
import { wantedProbe } from './wanted.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`

t.test('sixty 54: image names: one row for each way to write one', async t => {
  const rows: [string, string | undefined][] = [
    ['busybox', 'docker.io/library/busybox:latest'],
    ['busybox:1.36', 'docker.io/library/busybox:1.36'],
    ['itzg/minecraft', 'docker.io/itzg/minecraft:latest'],
    ['docker.io/busybox', 'docker.io/library/busybox:latest'],
    ['index.docker.io/itzg/x:1', 'docker.io/itzg/x:1'],
    ['ghcr.io/a/b/c:v1.2-x', 'ghcr.io/a/b/c:v1.2-x'],
    ['GHCR.io/a/b', 'ghcr.io/a/b:latest'],
    ['localhost/x', 'localhost/x:latest'],
    ['127.0.0.1:5000/x:y', '127.0.0.1:5000/x:y'],
    ['[::1]:5000/x', '[::1]:5000/x:latest'],
    [`quay.io/x/y@${DIGEST}`, `quay.io/x/y@${DIGEST}`],
    [`quay.io/x/y:tag@${DIGEST}`, `quay.io/x/y@${DIGEST}`],
    ['2b5feed6b024', 'docker.io/library/2b5feed6b024:latest'],
    ['sha256:abc', 'docker.io/library/sha256:abc'],
    ['', undefined],
    ['Upper/case', undefined],
    ['a//b', undefined],
    ['a b', undefined],
    ['--privileged', undefined],
    ['x:tag:tag', undefined],
    ['x@sha256:short', undefined],
    [`x@${DIGEST}@${DIGEST}`, undefined],
    ['../etc/passwd', undefined],
    ['ghcr.io', 'docker.io/library/ghcr.io:latest'],
    ['user:pw@ghcr.io/x', undefined],
    ['http://ghcr.io/x', undefined]
  ]
  for (const [text, name] of rows) t.equal(parseImageReference(text)?.name, name, text)
})

t.test('images: allowed by registry or path within it', async t => {
  const narrow = { ...defaultPolicy(), allowedRegistries: ['ghcr.io/games', 'LOCALHOST:*'] }
  const rows: [string, boolean, boolean][] = [
    ['busybox', true, false],
    ['ghcr.io/games/a', true, true],
    ['ghcr.io/games', true, true],
    ['ghcr.io/gamesother/a', true, false],
    ['ghcr.io.evil.example/games/a', false, false],
    ['evil.example/ghcr.io/games/a', false, false],
    ['127.0.0.1:5000/a', true, false],
    ['127.0.0.10:5000/a', false, false],
    ['localhost:5000/a', true, true],
    ['localhost.evil.example:5000/a', false, false],
    ['ctrl-alt-play/probe:local', true, true]
  ]
  for (const [image, byDefault, byNarrow] of rows) {
    t.equal(isAllowed(defaultPolicy(), image), byDefault, image)
    t.equal(isAllowed(narrow, image), byNarrow, `${image} (narrow)`)
  }
})

function isAllowed(policy: ReturnType<typeof defaultPolicy>, image: string): boolean {
  try {
    return Boolean(checkImage(policy, image))
  } catch {
    return false
  }
}

t.test('a policy is read whole or refused by name', async t => {
  const rows: [string, RegExp][] = [
    ['{', /p\.json is not valid JSON/],
    ['[]', /the whole/],
    ['{"allowPrivileged": true}', /"allowPrivileged"/],
    ['{"maxMemoryMiB": "all"}', /"maxMemoryMiB"/],
    ['{"allowedRegistries": ["a b"]}', /"allowedRegistries\.0"/],
    ['{"registryCredentials": {"ghcr.io": {"username": "x"}}}', /password/]
  ]
  for (const [text, message] of rows) t.throws(() => parsePolicy(text, 'p.json'), message, text)
  t.match(parsePolicy('{"maxPids": 64}', 'p.json'), { ...defaultPolicy(), maxPids: 64 })

  const folder = await mkdtemp(join(tmpdir(), 'cap-policy-'))
  t.teardown(() => rm(folder, { recursive: true }))
  t.same(await loadPolicy(folder), defaultPolicy())
  const file = join(folder, 'policy.json')
  await writeFile(file, '{"maxPids": 64}', { mode: 0o600 })
  t.equal((await loadPolicy(folder)).maxPids, 64)
  await rm(file)
  await writeFile(file, '{}')
  await chmod(file, 0o666)
  await t.rejects(loadPolicy(folder), /chmod go-w/)
})

t.test('container options: one row for each choice of a spec', async t => {
  const place = {
    nodeId: 'node',
    uid: 100_007,
    gid: 100_007,
    dataPath: '/data/servers/x',
    policy: defaultPolicy()
  }
  const of = (spec: Partial<ServerSpec>) => containerOptions(wantedProbe({ spec }), place)
  const limits = wantedProbe().spec.limits
  const rows: [string, Partial<ServerSpec>, object][] = [
    ['its user', {}, { User: '100007:100007', WorkingDir: '/home/container' }],
    ['no argv', {}, { Entrypoint: undefined, Cmd: undefined }],
    ['argv', { argv: ['a', 'b c', ''] }, { Entrypoint: ['a'], Cmd: ['b c', ''] }],
    ['terminal', { tty: true }, { Tty: true, OpenStdin: true, StdinOnce: false }],
    ['writable root', { readOnlyRoot: false }, { HostConfig: { ReadonlyRootfs: false } }],
    ['no cpu limit', { limits }, { HostConfig: { CpuQuota: undefined, CpuPeriod: undefined } }],
    [
      'cpu',
      { limits: { ...limits, cpuPercent: 250 } },
      { HostConfig: { CpuQuota: 250_000, CpuPeriod: 100_000 } }
    ],
    [
      'memory and swap',
      { limits: { ...limits, memoryMiB: 2_048, swapMiB: 1 } },
      {
        HostConfig: {
          Memory: 2_147_483_648,
          MemorySwap: 2_148_532_224,
          Tmpfs: { '/tmp': /size=256m$/ }
        }
      }
    ],
    [
      'little memory',
      { limits: { ...limits, memoryMiB: 16 } },
      { HostConfig: { Tmpfs: { '/tmp': /size=8m$/ } } }
    ],
    [
      'stop by signal',
      { stop: { type: 'signal', value: 'SIGINT', graceSeconds: 9 } },
      { StopSignal: 'SIGINT', StopTimeout: 9 }
    ],
    [
      'one port, twice',
      {
        ports: [
          { ip: '10.0.0.1', port: 27_015, protocol: 'udp' },
          { ip: '::1', port: 27_015, protocol: 'udp' },
          { ip: '10.0.0.1', port: 27_015, protocol: 'tcp' }
        ]
      },
      {
        ExposedPorts: { '27015/udp': {}, '27015/tcp': {} },
        HostConfig: {
          PortBindings: {
            '27015/udp': [
              { HostIp: '10.0.0.1', HostPort: '27015' },
              { HostIp: '::1', HostPort: '27015' }
            ],
            '27015/tcp': [{ HostIp: '10.0.0.1', HostPort: '27015' }]
          }
        }
      }
    ],
    [
      'environment',
      { environment: { HOME: '/else', STARTUP: './run {{X}} "$Y"' } },
      { Env: ['HOME=/else', 'TICK_MS=0', 'STARTUP=./run {{X}} "$Y"'] }
    ]
  ]
  for (const [name, spec, expected] of rows) t.match(of(spec), expected, name)
  const same = JSON.stringify(of({}).HostConfig?.Mounts)
  t.equal(same, JSON.stringify(of({ argv: ['-v', '/:/host'] }).HostConfig?.Mounts))
})

t.test('sixty 47: what a panel says beyond a spec makes no container another one', async t => {
  const { policy, ...rest } = {
    policy: defaultPolicy(),
    nodeId: 'node',
    uid: 100_007,
    gid: 100_007
  }
  const place = { ...rest, policy, dataPath: '/data/servers/x' }
  const beyond = {
    ...{
      privileged: true,
      user: 'root',
      uid: 0,
      capAdd: ['ALL'],
      securityOpt: [],
      devices: ['/dev']
    },
    ...{ mounts: ['/:/host'], binds: ['/:/host'], volumes: { '/host': {} }, dataPath: '/' },
    ...{ networkMode: 'host', pidMode: 'host', ipcMode: 'host', usernsMode: 'host', runtime: 'x' },
    ...{ dataDir: '/', socketPath: '/run/docker.sock', policy: {}, tls: { verify: false } },
    HostConfig: { Privileged: true, Binds: ['/:/host'] }
  }
  const wanted = wantedProbe()
  const more = { ...wanted, ...beyond, spec: { ...wanted.spec, ...beyond } }
  const text = (servers: object[]) =>
    JSON.stringify({ v: 1, id: '1', type: 'wanted', body: { full: true, last: true, servers } })
  const heard = agentCodec.decode(text([more]))
  if (heard.kind !== 'message' || heard.message.type !== 'wanted') return t.fail('not understood')
  const [server] = heard.message.body.servers
  t.same(server && containerOptions(server, place), containerOptions(wanted, place))
  for (const serverId of [
    '../../etc',
    '/',
    `${wanted.serverId}/..`,
    wanted.serverId.toUpperCase()
  ]) {
    t.match(agentCodec.decode(text([{ ...wanted, serverId }])), { kind: 'refused' }, serverId)
  }
})

t.test('a spec hash speaks of the container alone', async t => {
  const { spec } = wantedProbe()
  const base = specHashOf(spec)
  const ports = [
    { ip: '1.1.1.1', port: 1, protocol: 'udp' as const },
    { ip: '1.1.1.1', port: 2, protocol: 'tcp' as const }
  ]
  const same: Partial<ServerSpec>[] = [
    { ready: [] },
    { stop: { type: 'signal', value: 'SIGINT', graceSeconds: 1 } },
    { limits: { ...spec.limits, diskMiB: 7 } },
    { environment: Object.fromEntries(Object.entries(spec.environment).reverse()) }
  ]
  const other: Partial<ServerSpec>[] = [
    { image: 'x' },
    { argv: ['a'] },
    { argv: ['a', 'b'] },
    { argv: ['a b'] },
    { tty: true },
    { readOnlyRoot: false },
    { environment: { A: '1' } },
    { ports },
    { limits: { ...spec.limits, pids: 99 } },
    { limits: { ...spec.limits, swapMiB: 99 } }
  ]
  for (const change of same) t.equal(specHashOf({ ...spec, ...change }), base)
  const hashes = other.map(change => specHashOf({ ...spec, ...change }))
  t.equal(new Set([base, ...hashes]).size, other.length + 1)
  t.equal(specHashOf({ ...spec, ports: ports.toReversed() }), specHashOf({ ...spec, ports }))
})

const STAMP = '2026-01-31T12:00:00.'

function stamped(nanos: number, text: string): Buffer {
  return Buffer.from(`${STAMP}${String(nanos).padStart(9, '0')}Z ${text}`, 'latin1')
}

function frame(stream: number, bytes: Buffer): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt8(stream, 0)
  header.writeUInt32BE(bytes.length, 4)
  return Buffer.concat([header, bytes])
}

function readChunks(tty: boolean, log: Buffer, chunkBytes: number): unknown[] {
  const parser = createMessageParser(tty)
  const assembler = createLineAssembler()
  const lines = []
  for (let at = 0; at < log.length; at += chunkBytes) {
    lines.push(...assembler.push(parser.push(log.subarray(at, at + chunkBytes))))
  }
  lines.push(...assembler.push(parser.end()), ...assembler.flush())
  return lines.map(({ text, ...line }) => ({ ...line, text: Buffer.from(text).toString('latin1') }))
}

t.test('a log gives the same lines however its bytes arrive', async t => {
  const long = 'z'.repeat(16_384)
  const raw = Buffer.concat([
    stamped(1, 'a\r\n'),
    stamped(2, long),
    stamped(2, `${long}`),
    stamped(2, 'tail\r'),
    stamped(3, 'says 2026-01-01T00:00:00.000000000Z Z \n'),
    stamped(4, `${'y'.repeat(8_192)}\r\n`),
    stamped(5, `${'y'.repeat(8_193)}\r\r\n`),
    stamped(6, '\n'),
    stamped(7, 'no end'),
    stamped(8, 'next run\n'),
    stamped(9, '')
  ])
  const frames = Buffer.concat([
    frame(1, stamped(1, 'a\r\n')),
    frame(1, stamped(2, long)),
    frame(2, stamped(3, 'between\n')),
    frame(1, stamped(2, 'tail')),
    frame(1, stamped(4, '\xff\n')),
    frame(2, stamped(5, 'no end')),
    frame(2, stamped(6, 'next run\n'))
  ])
  for (const [tty, log] of [
    [true, raw],
    [false, frames]
  ] as const) {
    const whole = readChunks(tty, log, log.length)
    for (const size of [1, 7, 31, 1_000, 8_193, 16_384]) {
      t.same(readChunks(tty, log, size), whole, `tty ${tty}, chunks of ${size}`)
    }
    t.ok(whole.every(line => (line as { text: string }).text.length <= 8_192))
  }
  const texts = (readChunks(true, raw, 64) as { text: string; continued: boolean }[]).map(
    ({ text, continued }) => `${text.slice(0, 12)}${continued ? '…' : ''}`
  )
  t.same(texts.slice(0, 2), ['a', 'zzzzzzzzzzzz…'])
  t.ok(texts.includes('tail') && texts.includes('no end') && texts.includes('next run'))
  t.throws(() => createMessageParser(false).push(Buffer.from('HTTP/1.1 200 OK\r\n\r\n')))
  t.throws(() => createMessageParser(true).push(Buffer.alloc(40_000, 'x')))
})

t.test('a time for `since` keeps its nanoseconds', async t => {
  t.equal(formatSince(1_700_000_000_000_000_001n), '1700000000.000000001')
})

t.test('a pull counts its layers and never goes back', async t => {
  const meter = createPullMeter()
  const layer = (id: string, status: string, current?: number, total?: number) =>
    meter.take({ id, status, progressDetail: { current: current ?? 0, total: total ?? 0 } }).percent
  t.equal(meter.take({ status: 'Pulling from x', id: 'latest' }).percent, undefined)
  const [a, b] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb']
  const percents = [
    layer(a, 'Pulling fs layer'),
    layer(a, 'Downloading', 50, 100),
    layer(b, 'Pulling fs layer'),
    layer(a, 'Download complete'),
    layer(a, 'Extracting', 100, 100),
    layer(b, 'Already exists'),
    layer(a, 'Pull complete')
  ]
  t.same(percents, [0, 35, 35, 35, 50, 100, 100])
  t.equal(meter.take({ id: a, status: 'Extracting' }).message, `Extracting (layer ${a})`)
})

t.test('failures are told in words', async t => {
  const pulls: [string, RegExp][] = [
    ['manifest for x not found: manifest unknown', /There is no image/],
    ['pull access denied for x, repository does not exist or may require docker login', /private/],
    ['Get "https://r/v2/": dial tcp: lookup r: no such host', /cannot be found/],
    ['Get "https://r/v2/": dial tcp 10.0.0.1:443: i/o timeout', /cannot be reached/],
    ['Get "https://r/v2/": x509: certificate signed by unknown authority', /certificate/],
    ['toomanyrequests: You have reached your pull rate limit', /wait/],
    ['unauthorized: incorrect username or password', /login/],
    ['no matching manifest for linux/arm64 in the manifest list', /processor/],
    ['something else', /could not be pulled: something else/]
  ]
  for (const [said, words] of pulls) {
    t.match(pullError('x', 'r', said), { code: 'IMAGE_PULL_FAILED', message: words }, said)
  }
  t.match(pullError('x', 'r', 'write /var/lib: no space left on device'), { code: 'DISK_FULL' })
  const starts: [string, object][] = [
    [
      'Bind for 0.0.0.0:8303 failed: port is already allocated',
      { code: 'PORT_TAKEN', message: /Port 8303 on 0\.0\.0\.0/ }
    ],
    [
      'Error starting userland proxy: listen udp4 127.0.0.1:9: bind: address already in use',
      { code: 'PORT_TAKEN', message: /Port 9 on 127\.0\.0\.1/ }
    ],
    [
      'listen tcp4 10.9.9.9:80: bind: cannot assign requested address',
      { code: 'START_FAILED', message: /no address 10\.9\.9\.9/ }
    ],
    [
      'runc create failed: exec: "java": executable file not found in $PATH',
      { code: 'START_FAILED', message: /no program "java"/ }
    ],
    [
      'invalid mount config for type "bind": bind source path does not exist: /var/x',
      { code: 'DATA_MISSING', message: /files are gone/ }
    ],
    ['write /x: no space left on device', { code: 'DISK_FULL' }]
  ]
  for (const [said, expected] of starts) {
    const error = Object.assign(new Error(`(HTTP code 500) server error - ${said} `), {
      statusCode: 500
    })
    t.match(startError(error, '1/tcp'), expected, said)
  }
})

t.test("a folder's size is its own: no link leads out, and no file counts twice", async t => {
  const folder = await mkdtemp(join(tmpdir(), 'cap-size-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const [inside, outside] = [join(folder, 'inside'), join(folder, 'outside')]
  await mkdir(join(inside, 'a/b/c'), { recursive: true })
  await mkdir(outside)
  await writeFile(join(outside, 'big'), Buffer.alloc(1_048_576, 1))
  await symlink(outside, join(inside, 'a/link'))
  await writeFile(join(inside, 'a/b/c/file'), Buffer.alloc(65_536, 1))
  const before = await countFolder(inside)
  t.ok(before >= 65_536 && before < 131_072)
  await link(join(inside, 'a/b/c/file'), join(inside, 'same'))
  await writeFile(join(inside, 'sparse'), '')
  await truncate(join(inside, 'sparse'), 1_073_741_824)
  t.equal(await countFolder(inside), before)
  await t.rejects(countFolder(join(inside, 'a/link')))
})

t.test('shares of CPU come from two samples', async t => {
  t.equal(cpuPercent(undefined, { atMs: 1_000, usageNs: 1 }), 0)
  const before = { atMs: 1_000, usageNs: 0 }
  t.equal(cpuPercent(before, { atMs: 2_000, usageNs: 1_500_000_000 }), 150)
  t.equal(cpuPercent(before, { atMs: 1_000, usageNs: 5 }), 0)
  const samples = [
    { idle: 0, total: 0 },
    { idle: 75, total: 100 },
    { idle: 75, total: 100 }
  ]
  const read = createCpuMeter(() => samples.shift() ?? { idle: 175, total: 200 })
  t.same([read(), read(), read()], [25, 25, 0])
})

t.test("traffic is that of the machine, not of its containers' bridges", async t => {
  const row = (name: string, rx: number, tx: number) =>
    `${name}: ${rx} 0 0 0 0 0 0 0 ${tx} 0 0 0 0 0 0 0`
  const rows = [row('    lo', 1, 1), row('  eth0', 10, 20), row('docker0', 100, 200)]
  const devices = ['Inter-| Receive', ...rows].join('\n')
  const routes = 'Iface\tDestination\neth0\t00000000\ndocker0\t000011AC\n'
  t.same(sumTraffic(devices, routes), { rxBytes: 10, txBytes: 20 })
  t.same(sumTraffic(devices, ''), { rxBytes: 110, txBytes: 220 })
})

t.test('the engine is asked seldom, and again soon while it is missing', async t => {
  const driver = createMemoryDriver()
  let now = 0
  let asked = 0
  const info = async () => {
    asked++
    return await driver.info()
  }
  const read = createEngineWatch({ info }, () => now)
  driver.breakEngine('it sleeps')
  t.same(await read(), { docker: null, dockerProblem: 'it sleeps' })
  driver.breakEngine(undefined)
  now = 4_000
  t.equal((await read()).docker, null)
  now = 6_000
  await read()
  await new Promise(setImmediate)
  t.match(await read(), { docker: { version: '20.10.24' }, dockerProblem: null })
  now = 35_000
  await read()
  t.equal(asked, 2)
  now = 36_001
  await read()
  t.equal(asked, 3)
})

t.test('vitals are those of the machine, and starting no process they cost little', async t => {
  const dataDir = await mkdtemp(join(tmpdir(), 'cap-vitals-'))
  t.teardown(() => rm(dataDir, { recursive: true }))
  const vitals = createVitals({ dataDir, driver: createMemoryDriver(), agentVersion: '1.2.3' })
  const facts = await vitals.facts()
  t.match(facts, { agentVersion: '1.2.3', arch: process.arch, os: /\w/, hostname: /\w/ })
  const before = await childrensFaults()
  const first = await vitals.read()
  for (let count = 0; count < 4; count++) await vitals.read()
  t.equal(await childrensFaults(), before, 'no child process ran')
  t.ok(Value.Check(NodeResources, first))
  const [, totalKiB] = /MemTotal:\s+(\d+)/.exec(await readFile('/proc/meminfo', 'utf8')) ?? []
  t.equal(first.memoryTotalMiB, Math.round(Number(totalKiB) / 1_024))
  t.ok(first.memoryUsedMiB > 0 && first.memoryUsedMiB < first.memoryTotalMiB)
  t.ok(first.diskUsedMiB > 0 && first.diskUsedMiB <= first.diskTotalMiB)
})

/** Page faults of all children that have ended: every process that we start and await adds some. */
async function childrensFaults(): Promise<string | undefined> {
  const line = await readFile('/proc/self/stat', 'utf8')
  return line.slice(line.lastIndexOf(')') + 2).split(' ')[8]
}
