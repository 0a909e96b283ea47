import { readFile, rename, stat, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import type Docker from 'dockerode'
import t from 'tap'
import type { Json } from './world/api.ts'
import { images } from './world/config.ts'
import { freePort } from './world/free-port.ts'
import { createPrivateRegistry } from './world/registry.ts'
import { act, bootsOf, eventsOf, ledgerOf, untilServer, untilTold } from './world/servers.ts'
import { Hopeless, until } from './world/until.ts'
import { createWorld } from './world/world.ts'

const TICKING = { environment: { TICK_MS: '200' } }
/** What a server may have, small enough for many. */
const small = { memoryMiB: 64, cpuPercent: 100, diskMiB: 64 }
const STATE_WITHIN_MS = 2_000

t.test('games, images and files that others have their hands in', { jobs: 6 }, async t => {
  const world = await createWorld(t)
  const { admin, docker } = world
  const agent = await world.addNode('alpha')
  const altId = await world.addProbeAlt(TICKING)
  const containerOf = (serverId: string) => docker.getContainer(`cap-${serverId}`)
  const add = (name: string, alt = altId): Promise<Json> =>
    world.addServer({ altId: alt, nodeId: agent.nodeId, name })
  const started = async (name: string): Promise<Json> => {
    const server = await add(name)
    const command = await act(admin, server.id, 'start')
    if (command.status !== 'SUCCEEDED') throw new Error(JSON.stringify(command))
    return server
  }
  const timesOf = async (serverId: string, action: string): Promise<number[]> => {
    const events = await eventsOf(docker, `cap-${serverId}`)
    return events.filter(event => event.action === action).map(({ atMs }) => atMs)
  }
  /** How long after its engine a server's end was known. */
  const noticed = async (serverId: string): Promise<number> => {
    await untilServer(admin, serverId, ({ status }) => status !== 'RUNNING')
    const seenMs = Date.now()
    return seenMs - ((await timesOf(serverId, 'die')).at(-1) ?? 0)
  }
  const inDatabase = async (serverId: string): Promise<Record<string, unknown>> => {
    const query = 'SELECT status, "exitCode", "oomKilled", "crashCount" FROM "Server" WHERE id = $1'
    const [row] = await world.database.query(query, [serverId])
    return row ?? {}
  }
  const orphanOf = (containerId: string): Promise<Json> =>
    until('it is reported', async () => {
      const { orphans } = await admin.get(`/api/v1/nodes/${agent.nodeId}`)
      return orphans.find((orphan: Json) => orphan.containerId === containerId)
    })

  t.test('row 14: a killed game is a crash, and back after 10 s', { buffered: true }, async t => {
    const server = await started('Killed')
    const { State } = await containerOf(server.id).inspect()
    process.kill(State.Pid, 'SIGKILL')
    const afterMs = await noticed(server.id)
    t.ok(afterMs < STATE_WITHIN_MS, `known after ${afterMs} ms`)
    const row = await untilServer(admin, server.id, ({ status }) => status === 'CRASHED')
    t.match(row.statusReason, /killed by something outside/)
    t.match(await inDatabase(server.id), { exitCode: 137, oomKilled: false, crashCount: 1 })
    await untilServer(admin, server.id, ({ status }) => status === 'RUNNING')
    const [died = 0] = await timesOf(server.id, 'die')
    const waitedMs = ((await timesOf(server.id, 'start'))[1] ?? 0) - died
    t.ok(waitedMs > 9_900 && waitedMs < 15_000, `started again after ${waitedMs} ms`)
    t.equal(await bootsOf(agent, server.id), 2)
  })

  t.test('row 14: a game that ends with 0 is no crash', { buffered: true }, async t => {
    const server = await started('Ended')
    await admin.post(`/api/v1/servers/${server.id}/console`, { command: 'exit 0' })
    const afterMs = await noticed(server.id)
    t.ok(afterMs < STATE_WITHIN_MS, `known after ${afterMs} ms`)
    await untilServer(admin, server.id, ({ status }) => status === 'STOPPED')
    // What is wanted follows what was seen, a moment later.
    const row = await untilServer(
      admin,
      server.id,
      ({ desiredState }) => desiredState === 'STOPPED'
    )
    t.match(row, { status: 'STOPPED', statusReason: /ended by itself/, crashCount: 0 })
    t.equal((await containerOf(server.id).inspect()).State.ExitCode, 0)
  })

  t.test('row 14: a game that was short of memory is told apart', { buffered: true }, async t => {
    const hog = await world.addProbeAlt({ startup: '/bin/busybox tail /dev/zero', done: [] })
    const server = await add('Hog', hog)
    await admin.post(`/api/v1/servers/${server.id}/power`, { action: 'start' })
    const row = await untilServer(admin, server.id, ({ status }) => status === 'CRASHED')
    t.match(row.statusReason, /more memory than it may have/)
    t.match(await inDatabase(server.id), { exitCode: 137, oomKilled: true })
    t.ok(await untilTold(admin, server.id, /OUT_OF_MEMORY/))
    t.ok((await timesOf(server.id, 'oom')).length > 0, 'as the engine says')
    await act(admin, server.id, 'stop')
  })

  t.test('row 14: a crash loop: ever later, then not at all', { buffered: true }, async t => {
    const own = await world.addNode('loop')
    const crashing = await world.addProbeAlt({
      environment: { TICK_MS: '0', EXIT_AFTER_MS: '300', EXIT_CODE: '3' }
    })
    const server = await world.addServer({ altId: crashing, nodeId: own.nodeId, name: 'Loop' })
    await admin.post(`/api/v1/servers/${server.id}/power`, { action: 'start' })
    const runs = (count: number): Promise<Json> =>
      until(`${count} runs`, async () => (await timesOf(server.id, 'die')).length === count, {
        deadlineMs: 45_000,
        everyMs: 300
      })
    await runs(3)
    const begins = await timesOf(server.id, 'start')
    const ends = await timesOf(server.id, 'die')
    const waits = [1, 2].map(run => (begins[run] ?? 0) - (ends[run - 1] ?? 0))
    t.ok(waits[0] && waits[0] > 9_900 && waits[0] < 15_000, `first ${waits[0]} ms`)
    t.ok(waits[1] && waits[1] > 19_900 && waits[1] < 26_000, `then ${waits[1]} ms`)

    // Two more waits would take two minutes: the agent's own notes say that they have been.
    await untilServer(admin, server.id, ({ crashCount }) => crashCount === 3)
    await own.stop()
    const path = join(own.stateDir, 'notes', `${server.id}.json`)
    const notes = JSON.parse(await readFile(path, 'utf8'))
    t.equal(notes.crashes.count, 3)
    notes.crashes.count = 4
    await writeFile(path, JSON.stringify(notes))
    await own.start()
    const held = await untilServer(admin, server.id, ({ crashCount }) => crashCount === 5)
    t.match(held, { status: 'CRASHED', statusReason: /not tried again until somebody starts/ })
    const begun = (await timesOf(server.id, 'start')).length
    t.equal(begun, 4, 'the last try')
    await admin.post(`/api/v1/servers/${server.id}/power`, { action: 'start' })
    await until('a person starts it', async () => {
      return (await ledgerOf(own, server.id)).filter(line => line.startsWith('boot ')).length === 5
    })
    t.ok(await untilTold(admin, server.id, /CRASH_LOOP/))
    await act(admin, server.id, 'stop')
  })

  t.test('row 15: files that are gone are never replaced', { buffered: true }, async t => {
    const server = await started('Emptied')
    const folder = join(agent.dataDir, server.id)
    const away = join(world.dir, 'emptied')
    await rename(folder, away)
    const { State } = await containerOf(server.id).inspect()
    process.kill(State.Pid, 'SIGKILL')
    const told = await untilTold(admin, server.id, /DATA_MISSING/)
    t.match(told, /gone from this node|are gone/)
    const row = await untilServer(admin, server.id, ({ statusReason }) => /gone/.test(statusReason))
    t.not(row.status, 'RUNNING')
    await t.rejects(stat(folder), 'no empty folder in their place')
    await rename(away, folder)
    t.match(await act(admin, server.id, 'start'), { status: 'SUCCEEDED' }, 'they are back')
    t.equal(await bootsOf(agent, server.id), 2, 'the same world')
  })

  t.test('row 16: what is not ours is reported and left alone', { buffered: true }, async t => {
    const rows: [string, (serverId: string) => { name: string; Labels: Record<string, string> }][] =
      [
        ['our name', serverId => ({ name: `cap-${serverId}`, Labels: {} })],
        [
          'our name and half of our labels',
          serverId => ({
            name: `cap-${serverId}`,
            Labels: { 'cap.node': agent.nodeId, 'cap.server': serverId }
          })
        ],
        [
          'our labels under another name',
          serverId => ({
            name: `not-${serverId}`,
            Labels: {
              'cap.node': agent.nodeId,
              'cap.server': serverId,
              'cap.gen': '1',
              'cap.restart': '1'
            }
          })
        ]
      ]
    for (const [what, made] of rows) {
      const server = await add(what)
      const foreign: Docker.Container = await docker.createContainer({
        ...made(server.id),
        Image: images.probe,
        Env: ['LEDGER=/dev/null'],
        Cmd: ['/game/probe.sh']
      })
      t.teardown(() => foreign.remove({ force: true }).catch(() => undefined))
      await foreign.start()
      const before = await foreign.inspect()
      const command = await act(admin, server.id, 'start')
      t.match(command, { status: 'FAILED', errorCode: 'NAME_TAKEN' }, what)
      const orphan = await orphanOf(foreign.id)
      t.match(orphan, { name: made(server.id).name, running: true }, `${what}: reported`)
      const after = await foreign.inspect()
      t.equal(after.State.Pid, before.State.Pid, `${what}: not touched`)
      t.equal(await bootsOf(agent, server.id), 0, `${what}: nothing was started beside it`)
      await foreign.remove({ force: true })
      t.match(await act(admin, server.id, 'start'), { status: 'SUCCEEDED' }, `${what}: gone`)
    }
  })

  t.test('row 43: a port that is taken', { buffered: true }, async t => {
    const port = await freePort()
    const other = createServer().listen(port, '0.0.0.0')
    t.teardown(() => other.close())
    const server = await world.addServer({ altId, nodeId: agent.nodeId, name: 'Port', port })
    const command = await act(admin, server.id, 'start')
    t.match(command, { status: 'FAILED', errorCode: 'PORT_TAKEN' })
    t.match(command.errorMessage, new RegExp(`${port}.*in use by another program`))
    t.not((await admin.get(`/api/v1/servers/${server.id}`)).status, 'RUNNING')
    other.close()
    await untilServer(admin, server.id, ({ status }) => status === 'RUNNING')
    t.equal(await bootsOf(agent, server.id), 1, 'tried again by itself')
  })

  t.test(
    'rows 43 and 15: a registry that asks, that waits, that is gone',
    { buffered: true },
    async t => {
      const registry = await createPrivateRegistry(t)
      const { address, account } = registry
      const image = await registry.publish('games/own:1')
      const forget = (name: string) => docker.getImage(name).remove({ force: true })
      t.teardown(() => forget(image).catch(() => undefined))
      const node = await world.addNode('locked')
      const allow = async (registryCredentials: object): Promise<void> => {
        await node.stop()
        const text = JSON.stringify({ registryCredentials })
        await writeFile(join(node.stateDir, 'policy.json'), text, { mode: 0o600 })
        await node.start()
      }
      const own = await world.addProbeAlt({ ...TICKING, image })
      /** As soon as the node is back. */
      const install = (name: string, alt = own): Promise<Json> =>
        until('the node takes it', async () => {
          const order = { name, altId: alt, nodeId: node.nodeId, ...small }
          const { status, body } = await admin.request('POST', '/api/v1/servers', order, {
            prefer: 'wait=60'
          })
          if (status !== 409 && status >= 300) throw new Hopeless(JSON.stringify(body))
          return status < 300 && body
        })

      const refusals: [string, object][] = [
        ['no login', {}],
        ['a wrong one', { [address]: { ...account, password: 'guessed' } }],
        ['one for another registry', { 'ghcr.io': account }]
      ]
      for (const [what, credentials] of refusals) {
        await allow(credentials)
        const { command } = await install(what)
        t.match(command, { status: 'FAILED', errorCode: 'IMAGE_PULL_FAILED' }, what)
        t.match(command.errorMessage, /did not accept this node's login.*policy\.json/, what)
        await t.rejects(docker.getImage(image).inspect(), 'nothing was pulled')
      }

      let release: () => void = () => undefined
      const released = new Promise<void>(resolve => {
        release = resolve
      })
      const slow = createServer(async socket => {
        await released
        const [host = '', port] = address.split(':')
        const onwards = connect(Number(port), host)
        socket.on('error', () => onwards.destroy())
        onwards.on('error', () => socket.destroy())
        socket.pipe(onwards).pipe(socket)
      })
      const slowPort = await freePort()
      slow.listen(slowPort, '127.0.0.1')
      t.teardown(() => slow.close())
      const slowAddress = `127.0.0.1:${slowPort}`
      const slowImage = image.replace(address, slowAddress)
      t.teardown(() => forget(slowImage).catch(() => undefined))

      await allow({ [address]: account, [slowAddress]: account })
      const { server, command } = await install('Own')
      t.match(command, { status: 'SUCCEEDED' }, 'the right one')
      t.ok(await docker.getImage(image).inspect(), 'it was pulled')
      t.match(await act(admin, server.id, 'start'), { status: 'SUCCEEDED' })
      for (const text of [node.output(), world.panelOutput(), await dump(world.database)]) {
        t.notMatch(text, new RegExp(account.password), 'the password stays in its file')
      }

      const slowAlt = await world.addProbeAlt({ ...TICKING, image: slowImage })
      const waiting = install('Slow', slowAlt)
      await until('it waits for the registry', () => connectionsOf(slow))
      t.match(await act(admin, server.id, 'restart'), { status: 'SUCCEEDED' }, 'others go on')
      release()
      t.match((await waiting).command, { status: 'SUCCEEDED' })

      await act(admin, server.id, 'stop')
      await forget(image)
      t.match(await act(admin, server.id, 'start'), { status: 'SUCCEEDED' }, 'pulled anew')
      t.ok(await docker.getImage(image).inspect())
      await act(admin, server.id, 'stop')
      await forget(image)
      await registry.end()
      const failed = await act(admin, server.id, 'start')
      t.match(failed, { status: 'FAILED', errorCode: 'IMAGE_PULL_FAILED' })
      t.match(failed.errorMessage, /cannot be reached from this node/)
      t.equal(await bootsOf(node, server.id), 3, 'its files are where they were')
      await act(admin, server.id, 'stop')
    }
  )
})

async function connectionsOf(server: ReturnType<typeof createServer>): Promise<boolean> {
  const count = await new Promise<number>(resolve =>
    server.getConnections((_err, found) => resolve(found))
  )
  return count > 0
}

/** All that the panel's database holds, as text. */
async function dump(database: { query(sql: string): Promise<Record<string, unknown>[]> }) {
  const tables = await database.query(
    `SELECT table_name AS name FROM information_schema.tables
      WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`
  )
  const rows = await Promise.all(
    tables.map(({ name }) => database.query(`SELECT to_jsonb(x)::text AS row FROM "${name}" x`))
  )
  return JSON.stringify(rows)
}
