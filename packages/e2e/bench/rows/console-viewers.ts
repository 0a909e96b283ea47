import { startScriptGame } from '../../test/world/flood-game.ts'
import { until } from '../../test/world/until.ts'
import { createWorld } from '../../test/world/world.ts'
import { burstScript } from '../burst-game.ts'
import { watchRss } from '../processes.ts'
import type { Row } from '../row.ts'
import { openViewer } from '../viewer.ts'

const READERS = 49
const DEADLINE_MS = 120_000

export const consoleViewers: Row = {
  name: 'console-viewers',
  about: 'the same burst with fifty who watch, one of whom has stopped reading',
  async measure(t) {
    const world = await createWorld(t)
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
    await world.admin.post(`${path}/console`, { command: 'go' })
    const end = 'ready\n'.length + 200_000 * 100
    await until('all have seen the end', () => ends.every(seen => seen >= end), {
      deadlineMs: DEADLINE_MS
    })
    lags.sort((a, b) => a - b)
    return [
      {
        what: '49 viewers of the burst beside one that stopped: p99 of their lag',
        unit: 'ms',
        ours: lags[Math.floor(lags.length * 0.99)] ?? Number.NaN,
        target: { of: 'ours', atMost: 1_000 }
      },
      {
        what: 'most memory of the panel meanwhile',
        unit: 'MiB',
        ours: panel.stop(),
        target: { of: 'ours', atMost: 400 }
      }
    ]
  }
}

/** When the newest line of a message was printed, and where the next one stands; cheaper than reading it all. */
function newestOf(text: string): { atMs: number; end: number } | undefined {
  const from = text.lastIndexOf('{"position":')
  const [line] = text.startsWith('{"type":"lines"') ? JSON.parse(`[${text.slice(from, -2)}]`) : []
  return line && { atMs: Date.parse(line.at), end: line.position + line.line.length + 1 }
}
