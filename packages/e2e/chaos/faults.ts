import { setTimeout as pause } from 'node:timers/promises'
import { allCells, ownerOf, roadOf, titleOf } from './cells.ts'
import type { Field, Lane } from './field.ts'
import type { PrivatePostgres } from './private-postgres.ts'
import { type Action, overcome, panelOf } from './victim.ts'

/** Where a random walk happens. */
export interface Stage {
  field: Field
  postgres: PrivatePostgres
}

export interface Fault {
  /** As it is printed. */
  says: string
  /** Games that it ends, which are then started again. */
  kills?: string
  /** From its beginning to its end; afterwards everything is whole again. */
  happen(): Promise<void>
}

type Random = () => number
type MakeFault = (stage: Stage, random: Random) => Fault

const LONGEST_MS = 15_000

/** What can go wrong. Each is made with numbers of the walk, so that a seed repeats it. */
const makers: MakeFault[] = [
  () => ({ says: 'nothing goes wrong', happen: async () => undefined }),
  killAgent,
  freezeAgent,
  killPanel,
  freezePanel,
  killGame,
  killPostgres,
  cutLink,
  silenceLink,
  slowLink,
  breakDocker,
  failAt,
  failAt,
  failAt
]

export function chooseFault(stage: Stage, random: Random): Fault {
  const make = pick(makers, random) ?? killAgent
  return make(stage, random)
}

function killAgent({ field }: Stage, random: Random): Fault {
  const { agent, name } = laneOf(field, random)
  return {
    says: `kill -9 of the agent of ${name}`,
    async happen() {
      await agent.kill9()
      await agent.start()
    }
  }
}

function freezeAgent({ field }: Stage, random: Random): Fault {
  const { agent, name } = laneOf(field, random)
  const ms = Math.round(random() * LONGEST_MS)
  return {
    says: `the agent of ${name} stands still for ${ms} ms`,
    happen: () => freeze(agent.pid(), ms)
  }
}

function killPanel({ field: { world } }: Stage): Fault {
  return {
    says: 'kill -9 of the panel',
    async happen() {
      await world.killPanel()
      await world.startPanel()
    }
  }
}

function freezePanel({ field: { world } }: Stage, random: Random): Fault {
  const ms = Math.round(random() * LONGEST_MS)
  return {
    says: `the panel stands still for ${ms} ms`,
    happen: () => freeze(world.panelPid(), ms)
  }
}

function killGame({ field }: Stage, random: Random): Fault {
  const lane = laneOf(field, random)
  const serverId = pick(lane.servers, random)
  return {
    says: `kill -9 of a game of ${lane.name}`,
    ...(serverId !== undefined && { kills: serverId }),
    async happen() {
      const pid = serverId && (await field.world.containerOf(serverId))?.State.Pid
      if (!pid) return
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended meanwhile.
      }
    }
  }
}

function killPostgres({ postgres }: Stage): Fault {
  return { says: 'kill -9 of PostgreSQL', happen: postgres.kill9 }
}

function cutLink({ field }: Stage, random: Random): Fault {
  const { name, roads } = laneOf(field, random)
  const how = random() < 0.5 ? 'reset' : 'finish'
  return {
    says: `the link of ${name} is cut (${how})`,
    happen: async () => roads?.link.cut(how)
  }
}

function silenceLink({ field }: Stage, random: Random): Fault {
  const { name, roads } = laneOf(field, random)
  const ms = Math.round(random() * LONGEST_MS)
  const direction = pick(['both', 'toPanel', 'toAgent'] as const, random) ?? 'both'
  return {
    says: `nothing passes on the link of ${name} (${direction}) for ${ms} ms`,
    async happen() {
      roads?.link.make(direction, { stall: true })
      await pause(ms)
      roads?.link.heal()
    }
  }
}

function slowLink({ field }: Stage, random: Random): Fault {
  const { name, roads } = laneOf(field, random)
  const latencyMs = Math.round(random() * 1_500)
  return {
    says: `the link of ${name} is ${latencyMs} ms late, and then cut`,
    async happen() {
      roads?.link.make('both', { latencyMs, jitterMs: latencyMs })
      await pause(5_000)
      roads?.link.cut('reset')
      roads?.link.heal()
    }
  }
}

const calls = [
  ['POST', /\/containers\/create/],
  ['POST', /\/start$/],
  ['POST', /\/kill/],
  ['DELETE', /\/containers\//]
] as const

function breakDocker({ field }: Stage, random: Random): Fault {
  const { name, roads } = laneOf(field, random)
  const [method, path] = pick(calls, random) ?? calls[0]
  const kind = pick(['cut-before', 'cut-after', 'answer'] as const, random) ?? 'answer'
  const answer = { kind: 'answer', status: 500, message: 'no' } as const
  return {
    says: `Docker on ${name}: ${method} ${path.source} ends in ${kind}`,
    async happen() {
      roads?.docker.add({ method, path, do: kind === 'answer' ? answer : { kind } })
      await pause(3_000)
      roads?.docker.clear()
    }
  }
}

/** A process fails at whichever arrow, if an act comes by. */
function failAt({ field }: Stage, random: Random): Fault {
  const action: Action = random() < 0.7 ? 'kill9' : 'error'
  const cells = allCells().filter(
    one => roadOf(one.failpoint) === 'command' && one.action === action
  )
  const cell = pick(cells, random)
  const lane = laneOf(field, random)
  if (!cell) throw new Error('there are no failpoints')
  const isPanels = ownerOf(cell.failpoint) === 'panel'
  const title = isPanels ? titleOf(cell) : `${cell.failpoint}:${action}`
  const arming = isPanels ? field.arming : lane.arming
  const victim = isPanels ? panelOf(field.world) : lane.agent
  return {
    says: `${title}${isPanels ? '' : ` on ${lane.name}`}`,
    async happen() {
      arming.arm(title)
      const hasFired = await arming.fired(6_000).then(
        () => true,
        () => false
      )
      if (hasFired) await overcome(victim, action)
    }
  }
}

async function freeze(pid: number, ms: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  await pause(ms)
  process.kill(pid, 'SIGCONT')
}

function laneOf(field: Field, random: Random): Lane {
  const lane = pick(field.lanes, random)
  if (!lane) throw new Error('there is no lane')
  return lane
}

export function pick<T>(from: readonly T[], random: Random): T | undefined {
  return from[Math.floor(random() * from.length)]
}
