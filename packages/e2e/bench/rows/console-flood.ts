import type { Json } from '../../test/world/api.ts'
import { floodBytes, floodScript, startScriptGame } from '../../test/world/flood-game.ts'
import { until } from '../../test/world/until.ts'
import { createWorld } from '../../test/world/world.ts'
import { followByDocker } from '../docker-logs.ts'
import { p99 } from '../p99.ts'
import { watchRss } from '../processes.ts'
import type { Row } from '../row.ts'
import { newestOf, openViewer, type Viewer } from '../viewer.ts'

const GAMES = 20
/** Each; the machine decides how many of them come. */
const LINES_PER_SECOND = 100_000
const LINE_BYTES = 10
const READERS = 50
/** They read every line: all of them would cost more than the panel. */
const CLOSE_READERS = 5
const SECONDS = 20

export const consoleFlood: Row = {
  name: 'console-flood',
  about: 'twenty games that print without end, fifty who watch, and one who has stopped reading',
  async measure(t) {
    const world = await createWorld(t)
    const agent = await world.addNode('bench')
    const flood = { linesPerSecond: LINES_PER_SECOND, lineBytes: LINE_BYTES }
    const script = floodScript({ ...flood, waits: true })
    const servers: Json[] = []
    for (let game = 0; game < GAMES; game++) {
      servers.push(await startScriptGame(world, agent, script))
    }
    const pathOf = (viewer: number) => `/api/v1/servers/${servers[viewer % GAMES].id}`
    const lags: number[] = []
    const viewers: Viewer[] = []
    let misfits = 0
    for (let reader = 0; reader < READERS; reader++) {
      const viewer = await openViewer(t, world, pathOf(reader))
      viewers.push(viewer)
      viewer.onMessage(text => {
        const newest = newestOf(text)
        if (newest) lags.push(Date.now() - newest.atMs)
      })
      if (reader < CLOSE_READERS) {
        viewer.onMessage(
          countMisfits(() => {
            misfits++
          })
        )
      }
    }
    const stopped = await openViewer(t, world, pathOf(0))
    stopped.socket.pause()
    const [panel, ofAgent] = [watchRss(world.panelPid()), watchRss(agent.pid())]
    for (const { id } of servers) {
      await world.admin.post(`/api/v1/servers/${id}/console`, { command: 'go' })
    }
    const printed = await printedIn(SECONDS, () =>
      Promise.all(servers.map(({ id }) => floodBytes(agent, id)))
    )
    const memory = [panel.stop(), ofAgent.stop()] as const
    // The same games go on, with nobody but Docker and its own clients.
    for (const { socket } of [...viewers, stopped]) socket.terminate()
    const containers = await Promise.all(
      servers.map(async ({ id }) => (await world.containerOf(id))?.Id ?? '')
    )
    await agent.stop()
    await world.stopPanel()
    const ofDocker: number[] = []
    await followByDocker(t, containers, SECONDS, ms => ofDocker.push(ms))
    const of = `${GAMES} games that print all they can, ${READERS} who watch, one who stopped`
    return [
      {
        what: `${of}: p99 of the lag`,
        unit: 'ms',
        ours: p99(lags),
        yardstick: { name: 'docker logs -f of each, and no panel', figure: p99(ofDocker) },
        target: { of: 'ours', atMost: 1_000 }
      },
      { what: `${of}: printed`, unit: 'lines/s', ours: printed / LINE_BYTES / SECONDS },
      {
        what: `${of}: places where lines and gaps do not add up`,
        unit: '',
        ours: misfits,
        target: { of: 'ours', atMost: 0 }
      },
      {
        what: `${of}: most memory of the panel`,
        unit: 'MiB',
        ours: memory[0],
        target: { of: 'ours', atMost: 400 }
      },
      {
        what: `${of}: most memory of the agent`,
        unit: 'MiB',
        ours: memory[1],
        target: { of: 'ours', atMost: 400 }
      }
    ]
  }
}

async function printedIn(seconds: number, sizes: () => Promise<number[]>): Promise<number> {
  const [before, began] = [await sizes(), performance.now()]
  await until('it was looked at for long enough', () => performance.now() - began > seconds * 1e3, {
    deadlineMs: seconds * 2_000
  })
  const after = await sizes()
  return after.reduce((sum, size, game) => sum + size - (before[game] ?? 0), 0)
}

/** Calls for each piece that does not begin where the one before it ended. */
function countMisfits(found: () => void): (text: string) => void {
  let next: number | undefined
  const put = (from: number, to: number): void => {
    if (next !== undefined && next !== from) found()
    next = to
  }
  return text => {
    const message: Json = JSON.parse(text)
    if (message.type === 'gap') put(message.from, message.to)
    if (message.type !== 'lines') return
    for (const { position, line } of message.lines) {
      put(position, position + Buffer.byteLength(line) + 1)
    }
  }
}
