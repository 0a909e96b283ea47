import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import t from 'tap'
import { environment } from './world/config.ts'
import { createMachine } from './world/machine.ts'
import { launch, run } from './world/process.ts'
import { until } from './world/until.ts'
import { createWorld } from './world/world.ts'

t.test(
  'a second machine joins by the printed line, shows what it has, takes a server, is revoked',
  async t => {
    const machine = await createMachine(t)
    const world = await createWorld(t, { publicHost: machine.hostAddress })
    const made = await world.admin.post('/api/v1/nodes', {
      name: 'beta',
      ipAddress: machine.address
    })
    t.match(made.enrollment.warning, /TLS|https/i, 'a plain link is warned of')

    const line: string = made.enrollment.command
    const prefix = {
      CAP_PREFIX: join(machine.dir, 'root')
    }
    const shell = machine.inside('sh', ['-c', line])
    const printed = await run(shell.command, shell.args, { env: { ...shell.env, ...prefix } })
    t.match(printed, /beta/, 'it says which node it became')
    const epochOf = async (): Promise<number> => {
      const sql = 'SELECT "sessionEpoch"::int AS epoch FROM "Node" WHERE id = $1'
      const [row] = await world.database.query(sql, [made.node.id])
      return Number(row?.epoch)
    }
    const unit = join(prefix.CAP_PREFIX, 'etc/systemd/system/ctrl-alt-play-agent.service')
    const [, start] = /^ExecStart=(.*)$/m.exec(readFileSync(unit, 'utf8')) ?? []
    t.ok(start && printed.includes(start), 'the unit starts it as a person would')
    const paste = (text: string, more: Record<string, string> = {}) => {
      const { command, args, env } = machine.inside('sh', ['-c', text])
      return run(command, args, { env: { ...env, ...prefix, ...more } })
    }
    t.match(await paste(line), /still node "beta"/, 'the line once more upgrades the agent')
    const again = machine.inside('sh', ['-c', line])
    await t.rejects(
      run(again.command, again.args, {
        env: { ...again.env, CAP_PREFIX: join(machine.dir, 'other') }
      }),
      /already used|used/i,
      'the token works once'
    )

    const stateDir = join(prefix.CAP_PREFIX, 'var/lib/ctrl-alt-play/agent')
    const dataDir = join(prefix.CAP_PREFIX, 'var/lib/ctrl-alt-play')
    const bundle = join(prefix.CAP_PREFIX, 'usr/local/lib/ctrl-alt-play/ctrl-alt-play-agent.mjs')
    const launchAgent = () =>
      launch(
        machine.inside(process.execPath, [
          bundle,
          'run',
          '--state-dir',
          stateDir,
          '--data-dir',
          dataDir
        ])
      )
    const agent = launchAgent()
    t.teardown(() => agent.end('SIGTERM'))
    const nodePath = `/api/v1/nodes/${made.node.id}`
    const node = await until('the node is online', async () => {
      const seen = await world.admin.get(nodePath)
      return seen.status === 'ONLINE' && seen.resources?.docker && seen
    })
    const [memoryKiB] =
      /MemTotal:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.slice(1) ?? []
    t.ok(Math.abs(node.resources.memoryTotalMiB - Number(memoryKiB) / 1024) < 2, 'its real memory')
    const info = await machine.docker.version()
    t.equal(node.resources.docker.version, info.Version)
    t.ok(Math.abs(Date.parse(node.lastSeen) - Date.now()) < 30_000)

    const altId = await world.addProbeAlt({ environment: { TICK_MS: '200' } })
    const server = await world.addServer({ altId, nodeId: made.node.id })
    const { command } = await world.admin.post(
      `/api/v1/servers/${server.id}/power`,
      { action: 'start' },
      { prefer: 'wait=60' }
    )
    t.match(command, { status: 'SUCCEEDED' })
    const container = await machine.docker.getContainer(`cap-${server.id}`).inspect()
    t.ok(container.State.Running, 'it runs on the second machine')
    t.equal(await world.containerOf(server.id), undefined, 'and not on the first')

    await world.admin.post(`${nodePath}/revoke`)
    await until(
      'the revoked agent is cut',
      async () =>
        (await world.admin.get(nodePath)).status !== 'ONLINE' ||
        /4403|revoked/.test(agent.output()),
      { deadlineMs: 5_000 }
    )
    const refused = await world.admin.request('POST', `/api/v1/servers/${server.id}/console`, {
      command: 'hello'
    })
    t.match(refused, { status: 409, body: { code: 'NODE_OFFLINE' } })
    t.ok(
      (await machine.docker.getContainer(`cap-${server.id}`).inspect()).State.Running,
      'its game runs on'
    )

    await agent.end('SIGTERM')
    await t.rejects(paste(line), /refused/, 'a revoked machine does not come back by its old line')
    const { enrollment } = await world.admin.post(`${nodePath}/enrollment-tokens`)
    t.match(await paste(enrollment.command), /still node "beta"/)
    const returned = launchAgent()
    t.teardown(() => returned.end('SIGTERM'))
    await until('the node is back', async () => {
      const { status } = await world.admin.get(`/api/v1/servers/${server.id}`)
      return (await world.admin.get(nodePath)).status === 'ONLINE' && status === 'RUNNING'
    })
    const same = await machine.docker.getContainer(`cap-${server.id}`).inspect()
    t.equal(same.State.StartedAt, container.State.StartedAt, 'its game never stopped')

    await t.test('row 41: an upgrade that goes wrong leaves an agent that works', async t => {
      const next = (await world.admin.post(`${nodePath}/enrollment-tokens`)).enrollment.command
      const comes = readFileSync(bundle, 'utf8')
      const was = `${comes}\n// The agent of before.\n`
      writeFileSync(bundle, was)
      const isAsBefore = async (what: string): Promise<void> => {
        t.equal(readFileSync(bundle, 'utf8'), was, `${what}: the agent of before is there`)
        t.equal((await world.admin.get(nodePath)).status, 'ONLINE', 'and the one that runs stays')
      }

      const wrong = next.replace(/--sha256 \w+/, `--sha256 ${'0'.repeat(64)}`)
      await t.rejects(paste(wrong), /not what the panel promised/)
      await isAsBefore('another checksum')

      const newer = was.replaceAll(/(AGENT_VERSION\w* = )"[^"]+"/g, '$1"99.0.1"')
      writeFileSync(bundle, newer)
      await t.rejects(paste(next), /the agent here is 99\.0\.1 .* older: nothing was replaced/)
      t.equal(readFileSync(bundle, 'utf8'), newer)
      writeFileSync(bundle, was)
      await isAsBefore('an older one')

      for (const [at, bytes] of [was, comes, comes].entries()) {
        writeFileSync(bundle, was)
        const PATH = brokenMoves(join(machine.dir, `moves-${at}`), at + 1)
        await t.rejects(paste(next, { PATH }), /Fetching/, `broken off at its move ${at + 1}`)
        t.ok(readFileSync(bundle, 'utf8') === bytes, 'one agent or the other, and all of it')
      }
      writeFileSync(bundle, newer)
      t.match(
        await paste(`${next} --older`),
        /still node "beta"/,
        'whoever wants an older one says so'
      )
      t.ok(readFileSync(bundle, 'utf8') === comes)
      t.strictSame(readdirSync(dirname(bundle)), [basename(bundle)], 'nothing is left over')

      await returned.end('SIGTERM')
      const before = await epochOf()
      const upgraded = launchAgent()
      t.teardown(() => upgraded.end('SIGTERM'))
      await until('the node is back', async () => (await epochOf()) > before)
    })
    const untouched = await machine.docker.getContainer(`cap-${server.id}`).inspect()
    t.equal(untouched.State.Pid, same.State.Pid, 'no game has noticed')
    const audit = await world.admin.get('/api/v1/audit-logs?limit=200')
    const actions = audit.data.map((row: { action: string }) => row.action)
    for (const action of ['node.created', 'node.revoked', 'security.enrollment.refused']) {
      t.ok(actions.includes(action), `${action} is audited`)
    }
  }
)

/** A PATH on which the mover of files kills whoever calls it that many times. */
function brokenMoves(folder: string, atCall: number): string {
  mkdirSync(folder)
  const program = join(folder, 'mv')
  writeFileSync(
    program,
    `#!/bin/sh
echo called >>${folder}/calls
[ "$(wc -l <${folder}/calls)" -lt ${atCall} ] && exec /bin/mv "$@"
kill -9 $PPID
`
  )
  chmodSync(program, 0o755)
  return `${folder}:${environment.PATH}`
}
