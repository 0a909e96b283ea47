import { randomBytes, randomUUID } from 'node:crypto'
import {
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile
} from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Orphan, ServerSpec, WantedServer } from '@ctrl-alt-play/protocol'
import t, { type Test } from 'tap'
import { defaultPolicy } from '../src/policy/policy.ts'
import type { Driver, PullProgress } from '../src/runtime/driver.ts'
import { createEngine } from '../src/runtime/engine.ts'
import { createImagePull } from '../src/runtime/image-pull.ts'
import {
  createDockerWorld,
  docker,
  ensureShellImage,
  removeContainer,
  SHELL_IMAGE,
  SOCKET
} from './docker-world.ts'
import { ended, find, readAll, texts } from './driver-contract.ts'
import { account, freePort, startRegistry } from './local-registry.ts'
import { until } from './until.ts'
import { PROBE, wantedProbe } from './wanted.ts'

t.jobs = 3

/** With a layer that no other image has, so that there is something to pull. */
async function makeBigImage(): Promise<string> {
  const argv = ['/bin/busybox', 'dd', 'if=/dev/urandom', 'of=/noise', 'bs=1M', 'count=16']
  const container = await docker.createContainer({ Image: PROBE, Entrypoint: argv })
  await container.start()
  await container.wait()
  const repo = `cap-test-${randomUUID()}`
  await container.commit({ repo, tag: 'latest' })
  await container.remove()
  return `${repo}:latest`
}

/** Other tests share the engine. */
async function orphansOf(driver: Driver, serverId: string): Promise<Orphan[]> {
  return (await driver.list()).orphans.filter(({ name }) => name.endsWith(serverId))
}

/** What a port answers, or undefined. */
function ask(port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    let answer = ''
    const socket = connect(port, '127.0.0.1')
    socket.on('data', data => {
      answer += String(data)
      socket.end()
    })
    socket.on('error', () => resolve(undefined))
    socket.on('close', () => resolve(answer || undefined))
  })
}

async function startShell(t: Test, script: string, spec: Partial<ServerSpec> = {}) {
  const world = await createDockerWorld(t)
  const argv = ['/bin/busybox', 'sh', '-c', script]
  const wanted = wantedProbe({ spec: { argv, ...spec } })
  const id = await world.driver.create(wanted)
  await world.driver.start(id)
  return { ...world, wanted, id }
}

/** What the script prints, once it has ended. */
async function outputOf(t: Test, script: string, spec: Partial<ServerSpec> = {}) {
  const { driver, id, wanted } = await startShell(t, script, spec)
  const lines = texts(await readAll(driver, { id, tty: false }))
  return { lines, container: await ended(driver, wanted) }
}

t.test('sixty 55: the walls of a game, as the engine has them', async t => {
  const ports = [
    { ip: '127.0.0.1', port: await freePort(), protocol: 'tcp' as const },
    { ip: '127.0.0.1', port: await freePort(), protocol: 'udp' as const }
  ]
  const limits = { memoryMiB: 96, swapMiB: 32, cpuPercent: 50, diskMiB: 0, pids: 40 }
  const { id, wanted, dataDir } = await startShell(t, '/bin/busybox sleep 60', { ports, limits })
  const view = await docker.getContainer(id).inspect()
  const folder = join(dataDir, 'servers', wanted.serverId)
  t.match(view.HostConfig, {
    Privileged: false,
    ReadonlyRootfs: true,
    CapDrop: ['ALL'],
    CapAdd: null,
    SecurityOpt: ['no-new-privileges:true'],
    Memory: 96 * 1_048_576,
    MemorySwap: 128 * 1_048_576,
    CpuPeriod: 100_000,
    CpuQuota: 50_000,
    PidsLimit: 40,
    Init: true,
    NetworkMode: 'cap-games',
    IpcMode: 'private',
    LogConfig: { Type: 'local', Config: { 'max-size': '10m', 'max-file': '5' } },
    RestartPolicy: { Name: 'no' },
    Binds: null,
    Tmpfs: { '/tmp': 'rw,exec,nosuid,nodev,mode=1777,size=24m' }
  })
  t.match(view.Mounts, [{ Type: 'bind', Source: folder, Destination: '/home/container', RW: true }])
  t.same(
    Object.keys(view.HostConfig.PortBindings ?? {}).sort(),
    [...ports.map(({ port, protocol }) => `${port}/${protocol}`)].sort()
  )
  const owner = await stat(folder)
  t.ok(owner.uid >= 100_000)
  t.equal(view.Config.User, `${owner.uid}:${owner.gid}`)
  const network = await docker.getNetwork('cap-games').inspect()
  t.equal(network.Options?.['com.docker.network.bridge.enable_icc'], 'false')
})

t.test('sixty 55: the walls of a game, as it feels them', async t => {
  const script = [
    'busybox() { /bin/busybox "$@"; }',
    'busybox id -u',
    'busybox grep -E "^(Cap(Prm|Eff|Bnd)|NoNewPrivs|Seccomp):" /proc/self/status | busybox tr -d "\\t "',
    'echo "nofile $(ulimit -n)"',
    'echo "pwd $PWD home $HOME"',
    'busybox touch /marker 2>/dev/null && echo "root is writable"',
    'echo mine >file && busybox cat file',
    'busybox dd if=/dev/zero of=/tmp/big bs=1M count=60 2>/dev/null || echo "tmp is full"',
    'echo "tmp $(busybox du -m /tmp/big | busybox cut -f1)"; busybox rm /tmp/big',
    'busybox cp /bin/busybox /tmp/busybox && /tmp/busybox echo "tmp runs programs"',
    'busybox chown 0 file 2>/dev/null && echo "gave away a file"',
    'busybox mknod /tmp/d c 1 1 2>/dev/null && echo "made a device"',
    'busybox mount -t tmpfs none /tmp 2>/dev/null && echo "mounted"',
    'busybox ping -c 1 -W 1 127.0.0.1 >/dev/null 2>&1 && echo "raw socket"',
    'busybox ls /var/run/docker.sock 2>/dev/null',
    'busybox cat /proc/1/comm'
  ]
  const { lines, container } = await outputOf(t, script.join('\n'))
  const none = '0000000000000000'
  t.ok(Number(lines[0]) >= 100_000)
  t.same(lines.slice(1), [
    `CapPrm:${none}`,
    `CapEff:${none}`,
    `CapBnd:${none}`,
    'NoNewPrivs:1',
    'Seccomp:2',
    'nofile 16384',
    'pwd /home/container home /home/container',
    'mine',
    'tmp is full',
    'tmp 16',
    'tmp runs programs',
    'docker-init'
  ])
  t.equal(container.exitCode, 0)
})

t.test('a fork bomb ends at its limit and its neighbour goes on', async t => {
  const neighbour = await startShell(t, 'while read -r line; do echo "heard $line"; done')
  const bomb = 'i=0; while [ $i -lt 100 ]; do i=$((i + 1)); /bin/busybox sleep 9 & echo $i; done'
  const { lines, container } = await outputOf(t, `${bomb} 2>&1; echo all`)
  t.notOk(lines.includes('all'), "it can't fork")
  t.ok(Number(lines.findLast(line => /^\d+$/.test(line))) <= 32)
  t.not(container.exitCode, 0)
  await neighbour.driver.input(neighbour.id, 'hello')
  await until('the answer', async () => {
    const lines = await readAll(neighbour.driver, { id: neighbour.id, tty: false }, 0n, false)
    return texts(lines).includes('heard hello')
  })
})

t.test('a game that takes too much memory is told apart from one that crashed', async t => {
  const script = 'read -r begin; exec /bin/busybox tail /dev/zero'
  const { driver, id, wanted } = await startShell(t, script)
  const watching = new AbortController()
  t.teardown(() => watching.abort())
  const events = driver.events(watching.signal)
  const oom = (async () => {
    for await (const event of events) if (event.action === 'oom') return event.containerId
    return undefined
  })()
  await driver.input(id, 'begin')
  t.equal(await oom, id, 'the engine says so')
  const container = await ended(driver, wanted)
  t.match(container, { exitCode: 137, oomKilled: true, state: 'exited' })
})

t.test('a game cannot reach its neighbour, the world can reach both', async t => {
  const port = await freePort()
  const ports = [{ ip: '127.0.0.1', port, protocol: 'tcp' as const }]
  const serve = `echo ready; while :; do echo hello | /bin/busybox nc -l -p ${port}; done`
  const { id } = await startShell(t, serve, { ports })
  const { NetworkSettings } = await docker.getContainer(id).inspect()
  const address = NetworkSettings.Networks['cap-games']?.IPAddress
  t.ok(address)
  const answer = await until('the game through its port', () => ask(port))
  t.equal(answer, 'hello\n')
  const reach = `/bin/busybox nc -w 2 ${address} ${port} </dev/null || echo unreachable`
  t.ok((await outputOf(t, reach)).lines.includes('unreachable'))
})

t.test('arguments stay as they are, whatever the image starts by itself', async t => {
  await ensureShellImage()
  const { driver } = await createDockerWorld(t)
  const words = ['a b', '$HOME', '"x"', "it's", '', '\\n;true']
  const argv = ['/bin/busybox', 'printf', '%s|', ...words]
  const wanted = wantedProbe({ spec: { image: SHELL_IMAGE, argv } })
  const id = await driver.create(wanted)
  await driver.start(id)
  t.same(texts(await readAll(driver, { id, tty: false })), [`${words.join('|')}|`])
})

t.test('a program that is not there, an address that is not ours', async t => {
  const { driver } = await createDockerWorld(t)
  const lost = wantedProbe({ spec: { argv: ['/no/such/program'] } })
  const id = await driver.create(lost)
  await driver.start(id)
  t.equal((await ended(driver, lost)).exitCode, 127)
  t.match(texts(await readAll(driver, { id, tty: false })), [/\/no\/such\/program.*No such file/])
  const ports = [{ ip: '203.0.113.7', port: await freePort(), protocol: 'tcp' as const }]
  const far = await driver.create(wantedProbe({ spec: { ports } }))
  await t.rejects(driver.start(far), { code: 'START_FAILED', message: /203\.0\.113\.7/ })
})

t.test('at each start a game finds its config files as they are wanted', async t => {
  const { driver, dataDir } = await createDockerWorld(t)
  const script = '/bin/busybox cat a.properties; echo port=mine >a.properties'
  const wanted = wantedProbe({ spec: { argv: ['/bin/busybox', 'sh', '-c', script] } })
  const at = (port: string, text: (string | null)[] = ['My world']): WantedServer => {
    const edits = [
      { match: 'port', value: [port] },
      { match: 'name', value: text }
    ]
    const file = { path: 'a.properties', parser: 'properties', createFile: true, edits }
    return { ...wanted, spec: { ...wanted.spec, configFiles: [file] } }
  }
  async function play(id: string, now: WantedServer): Promise<string[]> {
    const before = await readAll(driver, { id, tty: false })
    t.same(await driver.configure(now), [])
    await driver.start(id)
    await ended(driver, now)
    return texts(await readAll(driver, { id, tty: false })).slice(before.length)
  }
  const first = await driver.create(at('7'))
  t.same(await play(first, at('7')), ['port=7', 'name=My world'])
  t.same(await play(first, at('7')), ['port=7', 'name=My world'], 'also after the game wrote it')
  await driver.remove(first)
  const next = { ...at('8', [null, ':1']), restartSeq: 2 }
  const [, name] = await play(await driver.create(next), next)
  const network = await docker.getNetwork('cap-games').inspect()
  t.equal(name, `name=${network.IPAM?.Config?.[0]?.Gateway}:1`, 'the address of its node')
  const path = join(dataDir, 'servers', wanted.serverId, 'a.properties')
  const { uid } = await stat(join(dataDir, 'servers', wanted.serverId))
  t.equal((await stat(path)).uid, uid, 'it is the game’s own')

  await rm(path)
  await symlink('/etc/passwd', path)
  const refusal = { code: 'CONFIG_FILE_REFUSED', message: /a\.properties .* is a symbolic link/ }
  await t.rejects(driver.configure(next), refusal)
  await driver.removeData(wanted.serverId)
  await t.rejects(driver.configure(next), { code: 'DATA_MISSING' })
  t.same(await driver.configure(wanted), [], 'without any there is nothing to do')
})

t.test('sixty 56: an install script has the same walls and its own folder', async t => {
  await ensureShellImage()
  const { driver, dataDir } = await createDockerWorld(t)
  const wanted = wantedProbe({ spec: { environment: { FLAVOUR: 'plain' } } })
  const { serverId } = wanted
  const lines: string[] = []
  const script = [
    '#!/bin/sh',
    'b=/bin/busybox',
    'echo "uid $($b id -u) in $PWD flavour $FLAVOUR"',
    '$b grep CapEff /proc/self/status | $b tr -d "\\t"',
    'echo data >/mnt/server/world',
    '$b touch /mnt/install/x 2>/dev/null || echo "script folder is closed"',
    'exit 7'
  ]
  const io = {
    signal: new AbortController().signal,
    onLine: (line: { text: Uint8Array }) => void lines.push(Buffer.from(line.text).toString())
  }
  const install = { image: SHELL_IMAGE, entrypoint: '/bin/sh', script: script.join('\r\n') }
  t.equal(await driver.install(wanted, install, io), 7)
  const { uid } = await stat(join(dataDir, 'servers', wanted.serverId))
  t.same(lines, [
    `uid ${uid} in /mnt/server flavour plain`,
    'CapEff:0000000000000000',
    'script folder is closed'
  ])
  const world = join(dataDir, 'servers', wanted.serverId, 'world')
  t.equal(await readFile(world, 'utf8'), 'data\n')
  t.equal((await stat(world)).uid, uid)
  t.same(await readdir(join(dataDir, 'install')), [], 'the script is gone')

  const cut = new AbortController()
  const sleeper = { ...install, script: 'echo begun\nexec sleep 600' }
  const running = driver.install(wanted, sleeper, { ...io, signal: cut.signal })
  await until('the script', () => lines.includes('begun'))
  const inspect = () => docker.getContainer(`cap-install-${wanted.serverId}`).inspect()
  const view = await inspect()
  t.match(view.HostConfig, {
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges:true'],
    PidsLimit: 32,
    Memory: 64 * 1_048_576,
    NetworkMode: 'cap-games'
  })
  t.same(await orphansOf(driver, serverId), [], 'at work, not left over')
  cut.abort()
  await t.rejects(running, { code: 'CANCELLED' })
  await t.rejects(inspect(), /no such container/i)
})

t.test('what is left of an install is reported, and removed by the next', async t => {
  await ensureShellImage()
  const { driver, nodeId, dataDir } = await createDockerWorld(t)
  const wanted = wantedProbe()
  const { serverId } = wanted
  await docker.createContainer({
    name: `cap-install-${serverId}`,
    Image: PROBE,
    Labels: { 'cap.node': nodeId, 'cap.install': serverId }
  })
  t.match(await orphansOf(driver, serverId), [
    { name: `cap-install-${serverId}`, running: false, reason: /installation that was cut off/ }
  ])
  await driver.removeData(serverId)
  t.same(await orphansOf(driver, serverId), [])
  t.same(await readdir(join(dataDir, 'servers')), [])

  // What an agent that was killed had asked Docker for goes on.
  for (let round = 0; round < 3; round++) {
    const left = await docker.createContainer({
      name: `cap-install-${serverId}`,
      Image: SHELL_IMAGE,
      Entrypoint: ['/bin/busybox', 'sleep', '600'],
      Labels: { 'cap.node': nodeId, 'cap.install': serverId }
    })
    await left.start()
    const removed = left.remove({ force: true })
    const hasBegun = () =>
      left.inspect().then(
        ({ State }) => !State.Running,
        () => true
      )
    await until('its removal has begun', hasBegun)
    const install = { image: SHELL_IMAGE, entrypoint: '/bin/sh', script: 'exit 3' }
    const io = { onLine: async () => undefined, signal: new AbortController().signal }
    t.equal(await driver.install(wanted, install, io), 3, 'while what was left is being removed')
    await removed
  }
})

t.test('what only looks like ours is reported and never touched', async t => {
  const { driver, id, wanted, again } = await startShell(t, '/bin/busybox sleep 60')
  const stranger = wantedProbe()
  const foreign = await docker.createContainer({ name: `cap-${stranger.serverId}`, Image: PROBE })
  t.teardown(() => removeContainer(foreign.id))
  const mine = async () =>
    (await driver.list()).orphans.filter(({ containerId }) =>
      [id, foreign.id].includes(containerId)
    )
  t.match(await mine(), [{ containerId: foreign.id, reason: /not made by this agent/ }])
  const refusal = { code: 'NAME_TAKEN', message: /not made by this agent/ }
  await t.rejects(driver.create(stranger), refusal)

  await docker.getContainer(id).rename({ name: `renamed-${wanted.serverId}` })
  t.match(
    (await mine()).find(({ containerId }) => containerId === id),
    { running: true, reason: /another name now/ }
  )
  t.same((await driver.list()).containers, [])
  const twin = { code: 'NAME_TAKEN', message: /runs already under another name, renamed-/ }
  await t.rejects(driver.create(wanted), twin)
  await docker.getContainer(id).rename({ name: `cap-${wanted.serverId}` })
  t.equal((await find(again(), wanted)).id, id, 'a new driver finds it too')

  const other = await createDockerWorld(t)
  const seen = await other.driver.list()
  t.notOk(seen.containers.some(container => container.id === id))
  t.notOk(
    seen.orphans.some(({ containerId }) => containerId === id),
    "another agent's is its own"
  )
})

t.test(
  'sixty 57: each server has a folder and a user of its own, and nothing outside is touched',
  async t => {
    const { driver, dataDir } = await createDockerWorld(t)
    const [one, two] = [randomUUID(), randomUUID()]
    const pathOf = (serverId: string) => join(dataDir, 'servers', serverId)
    await Promise.all([one, two].map(id => driver.prepareData(id, { wipe: false })))
    const owners = await Promise.all([one, two].map(async id => (await stat(pathOf(id))).uid))
    t.same(owners.sort(), [100_000, 100_001])

    const outside = join(dataDir, 'outside')
    await mkdir(outside)
    await writeFile(join(outside, 'keep'), 'me')
    await symlink(outside, join(pathOf(one), 'link'))
    await mkdir(join(pathOf(one), 'deep/er'), { recursive: true })
    await writeFile(Buffer.concat([Buffer.from(`${pathOf(one)}/deep/`), Buffer.from([0xff])]), 'x')
    const before = await stat(pathOf(one))
    await driver.prepareData(one, { wipe: true })
    t.same(await readdir(pathOf(one)), [])
    t.equal((await stat(pathOf(one))).uid, before.uid, 'the same user')
    await driver.removeData(one)
    t.same(await readdir(join(dataDir, 'servers')), [two])
    t.equal(await readFile(join(outside, 'keep'), 'utf8'), 'me')

    await symlink(outside, pathOf(one))
    await t.rejects(driver.create(wantedProbe({ serverId: one })), /is not a folder/)
    await driver.removeData(one)
    t.equal(await readFile(join(outside, 'keep'), 'utf8'), 'me')
    for (const id of ['../outside', '', 'a/b', `${one}/..`]) {
      await t.rejects(driver.removeData(id), /is no server id/)
      await t.rejects(driver.prepareData(id, { wipe: true }), /is no server id/)
    }

    await chown(pathOf(two), 0, 0)
    const refusal = { code: 'POLICY_REFUSED', message: /belongs to root/ }
    await t.rejects(driver.create(wantedProbe({ serverId: two })), refusal)
  }
)

t.test('sixty 47: the policy of the node has the last word', async t => {
  const { again } = await createDockerWorld(t)
  const policy = {
    ...defaultPolicy(),
    allowedRegistries: ['ghcr.io/games'],
    allowedIps: ['127.0.0.1'],
    maxMemoryMiB: 64,
    maxCpuPercent: 100
  }
  const driver = again({ policy })
  const io = { signal: new AbortController().signal, onProgress: () => undefined }
  const limits = wantedProbe().spec.limits
  const refuses = (spec: Partial<ServerSpec>, expected: { code: string; message?: RegExp }) =>
    t.rejects(
      driver.create(wantedProbe({ spec: { limits: { ...limits, cpuPercent: 100 }, ...spec } })),
      expected
    )
  for (const image of [
    'docker.io/busybox',
    'quay.io/games/x',
    'ghcr.io/other/x',
    '127.0.0.1:5000/x'
  ]) {
    await t.rejects(driver.pull(image, io), { code: 'IMAGE_NOT_ALLOWED', message: /policy\.json/ })
    await refuses({ image }, { code: 'IMAGE_NOT_ALLOWED' })
  }
  await refuses(
    { limits: { ...limits, memoryMiB: 65, cpuPercent: 1 } },
    { code: 'POLICY_REFUSED', message: /memory/ }
  )
  await refuses({ limits }, { code: 'POLICY_REFUSED', message: /CPU.*no limit/ })
  const ports = [{ ip: '0.0.0.0', port: 20_000, protocol: 'udp' as const }]
  await refuses({ ports }, { code: 'POLICY_REFUSED', message: /0\.0\.0\.0/ })
  const { Id } = await docker.getImage(PROBE).inspect()
  for (const image of [Id, Id.slice(7), Id.slice(7, 19)]) {
    await refuses({ image }, { code: 'IMAGE_NOT_ALLOWED' })
  }
})

t.test('an image is pulled with progress, with a login where one is asked', async t => {
  const { driver, again } = await createDockerWorld(t)
  const [open, closed] = await Promise.all([startRegistry(t), startRegistry(t, { hasLogin: true })])
  const big = await makeBigImage()
  const openImage = await open.push(big, 'games/probe')
  const closedImage = await closed.push(big, 'games/probe')
  await docker.getImage(big).remove()
  t.teardown(async () => {
    // One after the other, or Docker keeps the image without a name.
    for (const name of [openImage, closedImage]) await docker.getImage(name).remove()
  })

  const seen: PullProgress[] = []
  const io = {
    signal: new AbortController().signal,
    onProgress: (progress: PullProgress) => void seen.push(progress)
  }
  await t.rejects(driver.create(wantedProbe({ spec: { image: openImage } })), {
    code: 'IMAGE_MISSING'
  })
  await driver.pull(openImage, io)
  const percents = seen.flatMap(({ percent }) => percent ?? [])
  t.equal(percents.at(-1), 100)
  t.same(
    percents,
    [...percents].sort((a, b) => a - b),
    'never back'
  )
  t.ok(seen.every(({ message }) => message !== ''))
  const id = await driver.create(wantedProbe({ spec: { image: openImage } }))
  t.match(id, /^[0-9a-f]{64}$/)
  await driver.remove(id)
  seen.length = 0
  await driver.pull(openImage, io)
  t.same(seen, [], 'it is there now')

  const refusal = { code: 'IMAGE_PULL_FAILED', message: /login.*policy\.json/ }
  await t.rejects(driver.pull(closedImage, io), refusal)
  const known = { ...defaultPolicy(), registryCredentials: { [closed.host]: account } }
  await again({ policy: known }).pull(closedImage, io)
  const wrong = { ...account, password: 'wrong' }
  const mistaken = { ...defaultPolicy(), registryCredentials: { [closed.host]: wrong } }
  const other = closedImage.replace('latest', 'other')
  await t.rejects(again({ policy: mistaken }).pull(other, io), refusal)

  const missing = { code: 'IMAGE_PULL_FAILED', message: /There is no image .*games\/nothing/ }
  await t.rejects(driver.pull(`${open.host}/games/nothing:1`, io), missing)
  const unreachable = { code: 'IMAGE_PULL_FAILED', message: /cannot be reached/ }
  await t.rejects(driver.pull(`127.0.0.1:${await freePort()}/games/probe:1`, io), unreachable)
  await t.rejects(driver.pull('registry.invalid/games/probe:1', io), { code: 'IMAGE_NOT_ALLOWED' })
})

t.test('a pull is cancelled at once, and a registry that is silent is given up', async t => {
  const callers = new Set<Socket>()
  const silent = createServer(caller => void callers.add(caller.on('error', () => undefined)))
  t.teardown(() => {
    for (const caller of callers) caller.destroy()
    silent.close()
  })
  const port = await freePort()
  await new Promise<void>(resolve => silent.listen(port, '127.0.0.1', resolve))
  const image = `127.0.0.1:${port}/games/probe:1`
  const pull = createImagePull(createEngine(SOCKET), defaultPolicy(), 1_000)
  const onProgress = () => undefined
  const signal = new AbortController().signal
  const silence = { code: 'IMAGE_PULL_FAILED', message: /no progress for 1 s/ }
  await t.rejects(pull(image, { signal, onProgress }), silence)
  const soon = AbortSignal.timeout(200)
  await t.rejects(pull(image, { signal: soon, onProgress }), { code: 'CANCELLED' })
})

t.test('no engine, a silent engine and one that goes away are told in words', async t => {
  const { driver, again, wanted, id } = await startShell(t, '/bin/busybox sleep 60')
  const missing = again({ socketPath: '/nowhere/docker.sock' })
  await t.rejects(missing.info(), { code: 'ENGINE_UNAVAILABLE', message: /no Docker engine/ })
  await t.rejects(missing.list(), { code: 'ENGINE_UNAVAILABLE' })

  const socketPath = join(tmpdir(), `cap-${randomBytes(6).toString('hex')}.sock`)
  const held = new Set<() => void>()
  let isSilent = false
  const proxy = createServer(client => {
    client.on('error', () => undefined)
    held.add(() => client.destroy())
    if (isSilent) return
    const engine = connect(SOCKET).on('error', () => undefined)
    held.add(() => engine.destroy())
    client.pipe(engine).pipe(client)
  })
  await new Promise<void>(resolve => proxy.listen(socketPath, resolve))
  const cut = () => {
    for (const drop of held) drop()
    held.clear()
  }
  t.teardown(() => {
    cut()
    proxy.close()
  })
  const through = again({ socketPath })
  t.equal((await find(through, wanted)).state, 'running')
  t.same(await through.info(), await driver.info())
  const signal = new AbortController().signal
  const events = through.events(signal)[Symbol.asyncIterator]().next()
  const logs = through.logs({ id, tty: false }, { sinceNs: 0n, follow: true, signal })
  const line = logs[Symbol.asyncIterator]().next()
  await through.input(id, 'unread')
  const gone = { code: 'ENGINE_UNAVAILABLE' }
  const both = Promise.all([t.rejects(events, gone), t.rejects(line, gone)])
  await until('both streams', () => held.size >= 6)
  isSilent = true
  cut()
  await both
  await t.rejects(through.info(), { code: 'ENGINE_UNAVAILABLE', message: /does not answer/ })
  isSilent = false
  cut()
  t.equal((await find(through, wanted)).id, id, 'and it is found again')
  await through.input(id, 'unread')
  t.ok((await lstat(socketPath)).isSocket())
})
