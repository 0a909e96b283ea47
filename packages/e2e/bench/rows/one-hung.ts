import type { Json } from '../../test/world/api.ts'
import { type SimulatedFleet, startSimulatedFleet } from '../../test/world/fleet.ts'
import { createWorld, type Teardown, type World } from '../../test/world/world.ts'
import { p99 } from '../p99.ts'
import type { Row } from '../row.ts'
import type { Figure } from '../table.ts'

const WELL = 99
const AT_ONCE = 8
const SECONDS = 10
/** Of people who go on asking something of the node that hangs. */
const STUBBORN = 20

interface Question {
  what: string
  ask(world: World, serverId: string, turn: number): Promise<Json>
}

const questions: Question[] = [
  { what: 'GET /servers/:id', ask: ({ admin }, id) => admin.get(`/api/v1/servers/${id}`) },
  {
    what: 'console input',
    ask: ({ admin }, id) => admin.post(`/api/v1/servers/${id}/console`, { command: 'hello' })
  },
  {
    what: 'power, until its outcome',
    ask: ({ admin }, id) =>
      admin.post(`/api/v1/servers/${id}/power`, { action: 'restart' }, { prefer: 'wait=60' })
  }
]

export const oneHung: Row = {
  name: 'one-hung',
  about: 'what a node that takes everything and answers nothing costs the others',
  async measure(t) {
    const world = await createWorld(t)
    const well = await startSimulatedFleet(t, world, { agents: WELL, servers: 1 })
    const hung = await startSimulatedFleet(t, world, { agents: 1, servers: 1 })
    await well.untilConnected(60_000)
    await hung.untilConnected(60_000)
    const servers = well.serverIds.slice(0, AT_ONCE)
    for (const serverId of [...servers, ...hung.serverIds]) {
      await world.admin.post(
        `/api/v1/servers/${serverId}/power`,
        { action: 'start' },
        { prefer: 'wait=60' }
      )
    }
    await askAll(world, servers, 2)
    const without = await askAll(world, servers, SECONDS)
    hang(t, hung)
    const stubborn = askInVain(world, hung.serverIds[0] ?? '')
    const withIt = await askAll(world, servers, SECONDS)
    await stubborn.stop()
    return questions.map(({ what }, index): Figure => {
      return {
        what: `one node hangs, ${WELL} are well: p99 of ${what}`,
        unit: 'ms',
        ours: withIt[index] ?? Number.NaN,
        yardstick: { name: 'the same while all are well', figure: without[index] ?? Number.NaN },
        target: { of: 'ratio', atMost: 1.25 }
      }
    })
  }
}

function hang(t: Teardown, { pid }: SimulatedFleet): void {
  process.kill(pid, 'SIGSTOP')
  t.teardown(() => process.kill(pid, 'SIGCONT'))
}

/** The 99th percentile of each question's answers, in ms, all questions asked side by side. */
async function askAll(world: World, servers: string[], seconds: number): Promise<number[]> {
  const end = performance.now() + seconds * 1_000
  const taken = questions.map(() => [] as number[])
  await Promise.all(
    servers.flatMap(serverId =>
      questions.map(async ({ ask }, index) => {
        for (let turn = 0; performance.now() < end; turn++) {
          const began = performance.now()
          await ask(world, serverId, turn)
          taken[index]?.push(performance.now() - began)
        }
      })
    )
  )
  return taken.map(p99)
}

function askInVain(world: World, serverId: string) {
  let isOver = false
  const asking = Array.from({ length: STUBBORN }, async (_, index) => {
    const path = `/api/v1/servers/${serverId}`
    while (!isOver) {
      if (index > 0) await world.admin.request('POST', `${path}/console`, { command: 'hello?' })
      else await world.admin.request('POST', `${path}/power`, { action: 'restart' }, inVain)
    }
  })
  return {
    async stop() {
      isOver = true
      await Promise.allSettled(asking)
    }
  }
}

const inVain = { prefer: 'wait=2' }
