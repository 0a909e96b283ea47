import assert from 'node:assert/strict'
import { setTimeout as lasts } from 'node:timers/promises'
import { createHub } from '../test/world/namespace.ts'
import { makeRelease } from '../test/world/release.ts'
import { act, bootsOf, consoleOf, eventsOf, ledgerOf, untilServer } from '../test/world/servers.ts'
import { watchRows } from '../test/world/timeline.ts'
import { until } from '../test/world/until.ts'
import { createWorld, type Teardown, type World } from '../test/world/world.ts'

const MINUTE_MS = 60_000
const SLACK_MS = 3_000
/** After connectivity is back the panel's state is Docker's within this time. */
const CONVERGE_MS = 30_000

/** What takes its real time, side by side in one world. Answers of each whether it was as promised. */
export async function takeLong(t: Teardown, say: (line: string) => void): Promise<boolean[]> {
  const hub = await createHub(t)
  const world = await createWorld(t, { publicHost: hub.address })
  const trials: [string, () => Promise<string>][] = [
    ['row 17: ten minutes without a network', () => parted(t, { world, hub })],
    ['row 14: a crash loop with all its waits', () => crashLoop(world)],
    ['row 39: an agent that is too old dials once in five minutes', () => tooOld(t, world)]
  ]
  return Promise.all(
    trials.map(async ([what, trial]) => {
      const began = Date.now()
      const seconds = () => `${Math.round((Date.now() - began) / 1_000)} s`
      try {
        say(`ok     ${what}: ${await trial()} (${seconds()})`)
        return true
      } catch (err) {
        say(`FAILED ${what}: ${err instanceof Error ? err.stack : String(err)} (${seconds()})`)
        return false
      }
    })
  )
}

async function parted(
  t: Teardown,
  { world, hub }: { world: World; hub: Awaited<ReturnType<typeof createHub>> }
): Promise<string> {
  const { admin } = world
  const timeline = await watchRows(t, world.database.url)
  const place = await hub.addNamespace()
  const agent = await world.addNode('parted', {
    wrap: args => place.inside(process.execPath, args),
    panelUrl: `http://${hub.address}:${new URL(world.url).port}`
  })
  const { nodeId } = agent
  const altId = await world.addProbeAlt({ environment: { TICK_MS: '1000' } })
  const [kept, waiting] = [
    await world.addServer({ altId, nodeId, name: 'Kept' }),
    await world.addServer({ altId, nodeId, name: 'Waiting' })
  ]
  for (const { id } of [kept, waiting]) {
    assert.equal((await act(admin, id, 'start')).status, 'SUCCEEDED')
  }
  const before = await world.containerOf(kept.id)
  const statusNow = () => ({
    node: timeline.now()?.nodes.get(nodeId)?.status,
    server: timeline.now()?.servers.get(kept.id)?.status
  })

  await place.drop('both')
  const cutAt = Date.now()
  await until('it is UNREACHABLE', () => statusNow().node === 'UNREACHABLE', {
    deadlineMs: 45_000 + 2 * SLACK_MS
  })
  const lostMs = Date.now() - cutAt
  await lasts(MINUTE_MS)
  const path = `/api/v1/servers/${waiting.id}/power`
  const { command } = await admin.post(path, { action: 'restart', queue: true })
  assert.equal(command.status, 'QUEUED')
  await lasts(cutAt + 10 * MINUTE_MS - Date.now())
  assert.deepEqual(statusNow(), { node: 'UNREACHABLE', server: 'UNKNOWN' })

  await place.pass()
  const healedAt = Date.now()
  const isBack = () => {
    const { node, server } = statusNow()
    return node === 'ONLINE' && server === 'RUNNING'
  }
  await until('all is shown as it is', isBack, { deadlineMs: CONVERGE_MS })
  const backMs = Date.now() - healedAt
  const ended = await until('the act that waited has its end', async () => {
    const seen = await admin.get(`/api/v1/commands/${command.id}`)
    return seen.finishedAt && seen
  })
  assert.equal(ended.status, 'SUCCEEDED')
  assert.equal(await bootsOf(agent, waiting.id), 2, 'done once')
  const after = await world.containerOf(kept.id)
  assert.equal(after?.State.Pid, before?.State.Pid)
  assert.equal(after?.State.StartedAt, before?.State.StartedAt)
  assert.equal(await bootsOf(agent, kept.id), 1)
  const ledger = await ledgerOf(agent, kept.id)
  const shown = await until('the console has caught up', async () => {
    const lines = await consoleOf(admin, kept.id)
    return lines.length >= ledger.length && lines
  })
  assert.deepEqual(shown.slice(0, ledger.length), ledger, 'each line once and in order')
  const statuses = timeline.since(cutAt).map(({ servers }) => servers.get(kept.id)?.status)
  assert.deepEqual(
    statuses.filter((status, at) => status !== statuses[at - 1]),
    ['RUNNING', 'UNKNOWN', 'RUNNING']
  )
  await agent.stop()
  return `UNREACHABLE after ${lostMs} ms, back after ${backMs} ms, ${ledger.length} lines whole`
}

async function crashLoop(world: World): Promise<string> {
  const agent = await world.addNode('loop')
  const altId = await world.addProbeAlt({
    environment: { TICK_MS: '0', EXIT_AFTER_MS: '300', EXIT_CODE: '3' }
  })
  const server = await world.addServer({ altId, nodeId: agent.nodeId, name: 'Loop' })
  await world.admin.post(`/api/v1/servers/${server.id}/power`, { action: 'start' })
  const isHeld = ({ statusReason }: { statusReason: string | null }) =>
    /not tried again until somebody starts/.test(statusReason ?? '')
  await untilServer(world.admin, server.id, isHeld, 5 * MINUTE_MS)
  // Longer than the longest wait: it is not tried again.
  await lasts(2 * MINUTE_MS)
  const events = await eventsOf(world.docker, `cap-${server.id}`)
  const timesOf = (action: string) =>
    events.filter(event => event.action === action).map(({ atMs }) => atMs)
  const [starts, ends] = [timesOf('start'), timesOf('die')]
  assert.equal(starts.length, 5)
  const waits = ends.slice(0, -1).map((end, at) => Math.round((starts[at + 1] ?? 0) - end))
  for (const [at, expected] of [10_000, 20_000, 40_000, 80_000].entries()) {
    const waited = waits[at] ?? 0
    assert.ok(waited > expected - 100 && waited < expected + 8_000, `waits ${waits.join(', ')} ms`)
  }
  await agent.stop()
  return `waits of ${waits.join(', ')} ms, then none`
}

async function tooOld(t: Teardown, world: World): Promise<string> {
  const { agent: program } = await makeRelease(t, { versions: { min: 7, max: 8 } })
  const apart = { program: undefined as string | undefined }
  const agent = await world.addNode('apart', { program: () => apart.program })
  await agent.stop()
  apart.program = program
  await agent.start()
  const dials = () => agent.output().split('releases too far apart').length - 1
  await until('it is turned away', () => dials() === 1)
  await lasts(11.5 * MINUTE_MS)
  assert.equal(dials(), 3, `turned away ${dials()} times in eleven and a half minutes`)
  const { agentRefused } = await world.admin.get(`/api/v1/nodes/${agent.nodeId}`)
  assert.match(agentRefused, /upgrade the panel/)
  await agent.stop()
  return 'three times in eleven minutes'
}
