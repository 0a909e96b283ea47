import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import type { Json } from './world/api.ts'
import { repository } from './world/config.ts'
import { createPrivateEngine } from './world/private-engine.ts'
import { run } from './world/process.ts'
import { act, bootsOf, ledgerOf, untilCommand, untilServer } from './world/servers.ts'
import { createSmallDisk, type SmallDisk } from './world/small-disk.ts'
import { Hopeless, until } from './world/until.ts'
import { type AgentProcess, createWorld, type World } from './world/world.ts'

const TICKING = { environment: { TICK_MS: '200' } }
/** What a server may have, small enough for many. */
const small = { memoryMiB: 64, cpuPercent: 100, diskMiB: 64 }

t.jobs = 2

t.test('disks that are full', { jobs: 3, buffered: true }, async t => {
  const world = await createWorld(t)
  const { admin } = world
  const altId = await world.addProbeAlt(TICKING)

  /** A node with a game that runs and a server that is to be started when there is no room. */
  async function nodeWithGame(name: string, env: Record<string, string> = {}) {
    const agent = await world.addNode(name, { env })
    const game = await world.addServer({ altId, nodeId: agent.nodeId, name: `${name} game` })
    const started = await act(admin, game.id, 'start')
    if (started.status !== 'SUCCEEDED') throw new Error(JSON.stringify(started))
    const next = await world.addServer({ altId, nodeId: agent.nodeId, name: `${name} next` })
    return { agent, game, next }
  }

  const nodeIs = (agent: AgentProcess, fits: (node: Json) => boolean): Promise<Json> =>
    until('the node is so', async () => {
      const node = await admin.get(`/api/v1/nodes/${agent.nodeId}`)
      return fits(node) && node
    })

  t.test('row 26: no room for the journal', { buffered: true }, async t => {
    const disk = await createSmallDisk(t, join(world.dir, 'journal/state'), '2m')
    const { agent, game, next } = await nodeWithGame('journal')
    const before = await world.containerOf(game.id)
    await disk.fill()

    const refused = await act(admin, next.id, 'start')
    t.match(refused, {
      status: 'FAILED',
      errorCode: 'DISK_FULL',
      errorMessage: /nothing was begun/
    })
    t.equal(await world.containerOf(next.id), undefined, 'before it had any effect')
    const node = await nodeIs(agent, ({ resources }) => resources.diskFull === true)
    t.equal(node.status, 'ONLINE')
    const ticks = (await ledgerOf(agent, game.id)).length
    await until('the game goes on', async () => (await ledgerOf(agent, game.id)).length > ticks + 3)

    await agent.kill9()
    await agent.start()
    const again = await actWhenBack(admin, next.id)
    t.match(again, { status: 'FAILED', errorCode: 'DISK_FULL' }, 'it starts without room, too')
    if (before) process.kill(before.State.Pid, 'SIGKILL')
    await until('a crashed game comes back', async () => (await bootsOf(agent, game.id)) === 2)

    await disk.free()
    t.match(await act(admin, next.id, 'start'), { status: 'SUCCEEDED' }, 'with room it goes on')
    await nodeIs(agent, ({ resources }) => resources.diskFull === false)
  })

  t.test("row 26: no room for servers' files", { buffered: true }, async t => {
    const disk = await createSmallDisk(t, join(world.dir, 'data/servers'), '2m,nr_inodes=64')
    const { agent, game } = await nodeWithGame('data')
    const before = await world.containerOf(game.id)
    await disk.fill()
    await fillNames(join(agent.dataDir, '.filler'))
    const { server, command } = await admin.post(
      '/api/v1/servers',
      { name: 'Third', altId, nodeId: agent.nodeId, ...small },
      { prefer: 'wait=60' }
    )
    t.match(command, { status: 'FAILED', errorCode: 'DISK_FULL', errorMessage: /free some space/ })
    t.notOk((await readdir(agent.dataDir)).includes(server.id))
    await isUntouched(t, world, game, before?.State.Pid)
    t.equal((await admin.get(`/api/v1/nodes/${agent.nodeId}`)).status, 'ONLINE')
    await disk.free()
    const path = `/api/v1/servers/${server.id}/reinstall`
    const { command: again } = await admin.post(path, {}, { prefer: 'wait=60' })
    t.match(again, { status: 'SUCCEEDED' }, 'with room it goes on')
  })

  t.test('row 26: no room for Docker', { buffered: true }, async t => {
    const root = join(world.dir, 'engine-root')
    const disk: SmallDisk = await createSmallDisk(t, root, '64m')
    const engine = await createPrivateEngine(t, { dataRoot: root })
    const { agent, game, next } = await nodeWithGame('docker', { DOCKER_HOST: engine.dockerHost })
    const before = await engine.docker.getContainer(`cap-${game.id}`).inspect()
    await disk.fill()
    const refused = await act(admin, next.id, 'start')
    t.match(refused, { status: 'FAILED', errorCode: 'DISK_FULL', errorMessage: /docker system df/ })
    t.equal(await bootsOf(agent, next.id), 0)
    const after = await engine.docker.getContainer(`cap-${game.id}`).inspect()
    t.equal(after.State.Pid, before.State.Pid, 'the game runs on')
    t.ok(after.State.Running)
    t.equal((await admin.get(`/api/v1/nodes/${agent.nodeId}`)).status, 'ONLINE')
    await disk.free()
    t.match(await act(admin, next.id, 'start'), { status: 'SUCCEEDED' }, 'with room it goes on')
    t.equal((await engine.docker.listContainers({ all: true })).length, 2, 'one for each')
  })
})

t.test("the agent's own files", { buffered: true }, async t => {
  const world = await createWorld(t)
  const { admin } = world
  const agent = await world.addNode('alpha')
  const altId = await world.addProbeAlt(TICKING)
  const slow = await world.addProbeAlt({
    installScript: 'echo ran >>/mnt/server/ran.txt; /bin/busybox sleep 60'
  })
  const game = await world.addServer({ altId, nodeId: agent.nodeId })
  await act(admin, game.id, 'start')
  const { State } = await world.docker.getContainer(`cap-${game.id}`).inspect()
  const stateFiles = async (): Promise<string[]> => {
    const found = await readdir(agent.stateDir, { recursive: true, withFileTypes: true })
    const files = found
      .filter(entry => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
    return files.filter(path => !/credentials|\.damaged/.test(path)).sort()
  }
  /** Starts it on what there is now; the game must not notice, and work must be possible. */
  const goesOn = async (t: Test, what: string): Promise<void> => {
    await agent.start()
    const command = await actWhenBack(admin, game.id, 'start')
    t.match(command, { status: 'SUCCEEDED' }, `${what}: it works`)
    await isUntouched(t, world, game, State.Pid)
  }
  /** An install script that has begun, and an agent that is gone in the middle of it. */
  const cutOff = async (): Promise<{ server: Json; command: Json }> => {
    const made = await admin.post('/api/v1/servers', {
      name: 'Half',
      altId: slow,
      nodeId: agent.nodeId,
      ...small
    })
    await until('the script runs', async () => (await ranOf(made.server.id)) === 1)
    await agent.kill9()
    return made
  }
  const ranOf = async (serverId: string): Promise<number> => {
    const path = join(agent.dataDir, serverId, 'ran.txt')
    return (await readFile(path, 'utf8').catch(() => '')).split('\n').length - 1
  }

  await t.test(
    'row 27: a journal damaged or gone: what was open is UNKNOWN, and it is shown',
    async t => {
      const path = join(agent.stateDir, 'journal')
      const damages: [string, (id: string) => Promise<void>][] = [
        [
          'a flipped byte',
          async id => {
            const bytes = await readFile(path)
            const at = bytes.indexOf(id)
            bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at)
            await writeFile(path, bytes)
          }
        ],
        ['cut to nothing', () => truncate(path, 0)],
        ['gone', () => rm(path)]
      ]
      let shownBefore = 0
      for (const [what, damage] of damages) {
        const { server, command } = await cutOff()
        await damage(command.id)
        await goesOn(t, what)
        const ended = await untilCommand(admin, command.id)
        t.match(ended, { status: 'UNKNOWN', errorCode: 'JOURNAL_LOST' }, what)
        t.equal(await ranOf(server.id), 1, 'not run again')
        const { journalLost } = await admin.get(`/api/v1/nodes/${agent.nodeId}`)
        t.ok(Date.parse(journalLost) > shownBefore, `it is shown: ${journalLost}`)
        shownBefore = Date.parse(journalLost)
      }
    }
  )

  await t.test(
    'row 27: each file cut, flipped or gone: it starts, and no game notices',
    async t => {
      const damages: [string, (path: string) => Promise<void>][] = [
        ['cut', path => truncate(path, 5)],
        [
          'flipped',
          async path => {
            const bytes = await readFile(path)
            for (let at = 3; at < bytes.length; at += 40)
              bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at)
            await writeFile(path, bytes)
          }
        ],
        ['gone', path => rm(path)]
      ]
      for (const [what, damage] of damages) {
        await agent.kill9()
        const files = await stateFiles()
        t.ok(files.length >= 4, `${files.length} files`)
        for (const path of files) await damage(path)
        await goesOn(t, what)
      }
      await agent.kill9()
      for (const name of ['wanted', 'notes', 'console', 'journal', 'epoch']) {
        await rm(join(agent.stateDir, name), { recursive: true, force: true })
      }
      await goesOn(t, 'the folders gone')
    }
  )

  await t.test('row 27: an old snapshot: nothing that was done is done again', async t => {
    const snapshots = join(world.dir, 'snapshots')
    const take = (name: string) =>
      cp(agent.stateDir, join(snapshots, name), {
        recursive: true,
        filter: path => !path.endsWith('.sock')
      })
    const putBack = async (name: string): Promise<void> => {
      await agent.kill9()
      await rm(agent.stateDir, { recursive: true })
      await cp(join(snapshots, name), agent.stateDir, { recursive: true })
    }
    await take('before it was heard of')
    const { server, command } = await cutOff()
    await take('while it was done')
    await putBack('before it was heard of')
    await goesOn(t, 'a snapshot that knows nothing of it')
    t.match(await untilCommand(admin, command.id), { status: 'UNKNOWN' })
    t.equal(await ranOf(server.id), 1, 'not run again')

    const path = `/api/v1/servers/${server.id}/reinstall`
    const again = await admin.post(path)
    await until('the script runs again', async () => {
      const seen = await admin.get(`/api/v1/commands/${again.command.id}`)
      if (seen.finishedAt) throw new Hopeless(`it has ended: ${JSON.stringify(seen)}`)
      return seen.status === 'RUNNING'
    })
    await admin.post(`/api/v1/commands/${again.command.id}/cancel`)
    await untilCommand(admin, again.command.id)
    const ran = await ranOf(server.id)

    await putBack('while it was done')
    await goesOn(t, 'the snapshot')
    t.match(await admin.get(`/api/v1/commands/${command.id}`), { status: 'UNKNOWN' })
    t.equal(await ranOf(server.id), ran, 'no script was run again')
  })

  await t.test('row 27: a folder that may not be written: it is said, games live', async t => {
    const { stateDir } = agent
    await agent.stop()
    await run('mount', ['--bind', stateDir, stateDir])
    t.teardown(() => run('umount', ['-l', stateDir]).catch(() => undefined))
    await run('mount', ['-o', 'remount,bind,ro', stateDir])
    await agent.start()
    await until('it ends', () => agent.hasEnded())
    t.match(agent.output(), /cannot write to its state folder .* \(EROFS\).*Games run on/)
    t.notMatch(agent.output(), /\n\s+at /, 'in one sentence')
    await isUntouched(t, world, game, State.Pid)
    await run('umount', [stateDir])
    await goesOn(t, 'writable again')
  })

  await t.test(
    'row 28: a key that is lost or spoilt: it is said, and a new line helps',
    async t => {
      const path = join(agent.stateDir, 'credentials.json')
      const whole = await readFile(path, 'utf8')
      const rows: [string, () => Promise<void>, RegExp][] = [
        ['cut', () => truncate(path, 40), /credentials\.json is damaged.*unregister --yes.*enrol/],
        [
          'spoilt',
          () => writeFile(path, whole.replace(/"privateKey": ".{4}/, '"privateKey": "')),
          /is damaged/
        ],
        ['lost', () => rm(path), /no node yet.*paste the line/]
      ]
      for (const [what, spoil, words] of rows) {
        await agent.stop()
        await spoil()
        await agent.start()
        await until(`${what}: it says so`, () => words.test(agent.output().replaceAll('\n', ' ')))
        t.notMatch(agent.output(), /\n\s+at /, 'in one sentence')
        await until(`${what}: it ends`, () => agent.hasEnded())
        await isUntouched(t, world, game, State.Pid)
      }
      const { enrollment } = await admin.post(`/api/v1/nodes/${agent.nodeId}/enrollment-tokens`)
      await registerAgain(agent, enrollment.command)
      await goesOn(t, 'enrolled again')
    }
  )
})

/** The printed line's words, for the agent's own folders. */
async function registerAgain(agent: AgentProcess, line: string): Promise<void> {
  const flags = ['panel', 'token', 'panel-key'].flatMap(name => {
    const value = new RegExp(`--${name} (\\S+)`).exec(line)?.[1] ?? ''
    return [`--${name}`, value]
  })
  const dirs = ['--state-dir', agent.stateDir, '--data-dir', dirname(agent.dataDir)]
  const program = join(repository, 'packages/agent/dist/ctrl-alt-play-agent.mjs')
  await run(process.execPath, [program, 'register', ...flags, ...dirs])
}

/** As soon as the node is back. */
function actWhenBack(admin: World['admin'], serverId: string, action = 'start'): Promise<Json> {
  return until('the node takes it', async () => {
    const path = `/api/v1/servers/${serverId}/power`
    const { status, body } = await admin.request('POST', path, { action }, { prefer: 'wait=60' })
    if (status !== 409 && status >= 300) throw new Hopeless(JSON.stringify(body))
    return status < 300 && body.command
  })
}

async function isUntouched(t: Test, world: World, server: Json, pid?: number): Promise<void> {
  await untilServer(world.admin, server.id, ({ status }) => status === 'RUNNING')
  t.equal((await world.containerOf(server.id))?.State.Pid, pid, 'the game has not noticed')
}

/** Makes files without content until there is no room for another name. */
async function fillNames(folder: string): Promise<void> {
  for (let count = 0; count < 1_000; count++) {
    const isMade = await writeFile(join(folder, `${count}`), '').then(
      () => true,
      () => false
    )
    if (!isMade) return
  }
}
