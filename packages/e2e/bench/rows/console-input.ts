import { load, oneByOne } from '../load.ts'
import type { Row } from '../row.ts'
import { bareEcho } from '../yardsticks.ts'
import { createGameWorld } from './game-world.ts'

export const consoleInput: Row = {
  name: 'console-input',
  about: "a line from the API through panel and agent to the game's stdin",
  async measure(t) {
    const { world, path } = await createGameWorld(t)
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ command: 'hello' })
    const bare = await bareEcho()
    t.teardown(bare.close)
    const target = {
      url: `${world.url}${path}/console`,
      method: 'POST' as const,
      headers: { ...headers, origin: world.url, cookie: world.admin.cookie() },
      body,
      pid: world.panelPid()
    }
    const yardstick = { url: `${bare.url}/input`, method: 'POST' as const, headers, body }
    const [ours, theirs] = [await load(target, 50), await load(yardstick, 50)]
    const [oneOurs, oneTheirs] = [await oneByOne(target), await oneByOne(yardstick)]
    const name = 'bare Fastify → ws echo → answer'
    return [
      {
        what: 'console input to stdin, 50 at a time',
        unit: 'calls/s',
        ours: ours.perSecond,
        ...(ours.cpuMicros && { cpuMicros: ours.cpuMicros }),
        yardstick: { name, figure: theirs.perSecond },
        target: { of: 'ratio', atLeast: 0.5 }
      },
      {
        what: 'console input, one after the other, p50',
        unit: 'ms',
        ours: oneOurs.p50Ms,
        ...(oneOurs.cpuMicros && { cpuMicros: oneOurs.cpuMicros }),
        yardstick: { name, figure: oneTheirs.p50Ms },
        target: { of: 'ratio', atMost: 2 }
      }
    ]
  }
}
