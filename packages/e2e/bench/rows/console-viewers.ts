import { startScriptGame } from '../../test/world/flood-game.ts'
import { until } from '../../test/world/until.ts'
import { createWorld, type Teardown, type World } from '../../test/world/world.ts'
import { BURST_LINES, burstScript } from '../burst-game.ts'
import { readBurstByDocker, timedLines } from '../docker-logs.ts'
import { p99 } from '../p99.ts'
import { cpuMsOf, watchRss } from '../processes.ts'
import type { Row } from '../row.ts'
import { newestOf, openViewer } from '../viewer.ts'

const READERS = 49
const DEADLINE_MS = 120_000

export const consoleViewers: Row = {
  name: 'console-viewers',
  about: 'the same burst with fifty who watch, one of whom has stopped reading',
  async measure(t) {
    const world = await createWorld(t)
    const theirs = await lagOfDocker(t, world)
    const agent = await world.addNode('bench')
    const server = await startScriptGame(world, agent, burstScript)
    const path = `/api/v1/servers/${server.id}`
    const lags: number[] = []
    const ends = new Array<number>(READERS).fill(0)
    for (let reader = 0; reader < READERS; reader++) {
      const viewer = await openViewer(t, world, path)
      viewer.onMessage(text => {
        const newest = newestOf(text)
        if (!newest) return
        lags.push(Date.now() - newest.atMs)
        ends[reader] = newest.end
      })
    }
    const stopped = await openViewer(t, world, path)
    stopped.socket.pause()
    const panel = watchRss(world.panelPid())
    const cpuMs = () => ({ panel: cpuMsOf(world.panelPid()), agent: cpuMsOf(agent.pid()) })
    const before = cpuMs()
    await world.admin.post(`${path}/console`, { command: 'go' })
    const end = 'ready\n'.length + BURST_LINES * 100
    await until('all have seen the end', () => ends.every(seen => seen >= end), {
      deadlineMs: DEADLINE_MS
    })
    const after = cpuMs()
    const microsOf = (who: 'panel' | 'agent') => ((after[who] - before[who]) * 1_000) / BURST_LINES
    return [
      {
        what: '49 viewers of the burst beside one that stopped: p99 of their lag',
        unit: 'ms',
        ours: p99(lags),
        yardstick: { name: 'one who reads docker logs -f', figure: theirs },
        target: { of: 'ours', atMost: 1_000 }
      },
      {
        what: 'most memory of the panel meanwhile',
        unit: 'MiB',
        ours: panel.stop(),
        target: { of: 'ours', atMost: 400 }
      },
      ...(['panel', 'agent'] as const).map(who => ({
        what: `processor time of the ${who} for a line of it`,
        unit: 'µs',
        ours: microsOf(who)
      }))
    ]
  }
}

/** How late its newest line is to who reads nothing but Docker's own log, in ms. */
async function lagOfDocker(t: Teardown, world: World): Promise<number> {
  const lags: number[] = []
  const hear = timedLines(ms => lags.push(ms))
  await readBurstByDocker(t, world, hear, ['--timestamps'])
  return p99(lags)
}
