import { startScriptGame } from '../../test/world/flood-game.ts'
import { until } from '../../test/world/until.ts'
import { createWorld } from '../../test/world/world.ts'
import { BURST_LINES, burstNumbers, burstScript } from '../burst-game.ts'
import { readBurstByDocker } from '../docker-logs.ts'
import { watchRss } from '../processes.ts'
import type { Row } from '../row.ts'
import { openViewer } from '../viewer.ts'

const DEADLINE_MS = 120_000

export const consoleBurst: Row = {
  name: 'console-burst',
  about: '200,000 lines at once, and one who watches',
  async measure(t) {
    const world = await createWorld(t)
    const theirs = countLines()
    await readBurstByDocker(t, world, chunk => {
      let lines = 0
      for (const byte of chunk) if (byte === 10) lines += 1
      theirs.add(lines)
      return theirs.seen()
    })
    const agent = await world.addNode('bench')
    const server = await startScriptGame(world, agent, burstScript)
    const path = `/api/v1/servers/${server.id}`
    const viewer = await openViewer(t, world, path)
    const count = countLines()
    let last = 0
    viewer.onMessage(text => {
      const numbers = burstNumbers(text)
      count.add(numbers.length)
      last = numbers.at(-1) ?? last
    })
    const [panel, ofAgent] = [watchRss(world.panelPid()), watchRss(agent.pid())]
    await world.admin.post(`${path}/console`, { command: 'go' })
    await until('the last line is seen', () => last === BURST_LINES, { deadlineMs: DEADLINE_MS })
    return [
      {
        what: '200,000 lines of 100 bytes to one viewer, first to last',
        unit: 's',
        ours: count.seconds(),
        yardstick: { name: 'docker logs -f', figure: theirs.seconds() },
        target: { of: 'ratio', atMost: 2 }
      },
      {
        what: 'lines of it that the viewer missed',
        unit: '',
        ours: BURST_LINES - count.seen(),
        target: { of: 'ours', atMost: 0 }
      },
      {
        what: 'most memory of the panel meanwhile',
        unit: 'MiB',
        ours: panel.stop(),
        target: { of: 'ours', atMost: 200 }
      },
      {
        what: 'most memory of the agent meanwhile',
        unit: 'MiB',
        ours: ofAgent.stop(),
        target: { of: 'ours', atMost: 200 }
      }
    ]
  }
}

function countLines() {
  let seen = 0
  let [from, to] = [0, 0]
  return {
    add(lines: number) {
      if (lines === 0) return
      to = performance.now()
      from ||= to
      seen += lines
    },
    seen: () => seen,
    seconds: () => (to - from) / 1_000
  }
}
