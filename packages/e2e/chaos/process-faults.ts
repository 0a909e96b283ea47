import { setTimeout as pause } from 'node:timers/promises'
import { allCells, ownerOf, roadOf, titleOf } from './cells.ts'
import { type Fault, laneOf, pick, type Random, type Stage, someMs } from './fault.ts'
import { type Action, overcome, panelOf } from './victim.ts'

export function killAgent({ field }: Stage, random: Random): Fault {
  const { agent, name } = laneOf(field, random)
  return {
    says: `kill -9 of the agent of ${name}`,
    async happen() {
      await agent.kill9()
      await agent.start()
    }
  }
}

export function freezeAgent({ field }: Stage, random: Random): Fault {
  const { agent, name } = laneOf(field, random)
  const ms = someMs(random)
  return {
    says: `the agent of ${name} stands still for ${ms} ms`,
    happen: () => freeze([agent.pid()], ms)
  }
}

export function killPanel({ field: { world } }: Stage): Fault {
  return {
    says: 'kill -9 of the panel',
    async happen() {
      await world.killPanel()
      await world.startPanel()
    }
  }
}

export function freezePanel({ field: { world } }: Stage, random: Random): Fault {
  const ms = someMs(random)
  return {
    says: `the panel stands still for ${ms} ms`,
    happen: () => freeze([world.panelPid()], ms)
  }
}

/** A process fails at whichever arrow, if an act comes by. */
export function failAt({ field }: Stage, random: Random): Fault {
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

const jumps = [3_600, -3_600, 86_400, -86_400] as const

/** The wall clock only: what counts on since the boot stays as it is. */
export function jumpClock({ field }: Stage, random: Random): Fault {
  const lane = field.lanes.find(({ roads }) => roads?.clock)
  const seconds = pick(jumps, random) ?? 3_600
  const ms = someMs(random)
  return {
    says: `the clock of ${lane?.name} jumps by ${seconds} s, and back after ${ms} ms`,
    async happen() {
      await lane?.roads?.clock?.set(seconds)
      await pause(ms)
      await lane?.roads?.clock?.set(0)
    }
  }
}

/** What the agent must write before it acts finds no room. */
export function fillDisk({ field }: Stage, random: Random): Fault {
  const { name, roads } = laneOf(field, random)
  const ms = someMs(random)
  return {
    says: `the agent of ${name} has no room on its disk for ${ms} ms`,
    async happen() {
      await roads?.disk.fill()
      await pause(ms)
      await roads?.disk.free()
    }
  }
}

/** They stand still, and go on. */
export async function freeze(pids: readonly number[], ms: number): Promise<void> {
  for (const pid of pids) signal(pid, 'SIGSTOP')
  await pause(ms)
  for (const pid of pids) signal(pid, 'SIGCONT')
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended meanwhile.
  }
}
