import { setTimeout as pause } from 'node:timers/promises'
import type { LinkFaults } from '../test/world/link-faults.ts'
import { type Fault, laneOf, pick, type Random, type Stage, someMs } from './fault.ts'

const ways = ['both', 'toPanel', 'toAgent'] as const

export function cutLink({ field }: Stage, random: Random): Fault {
  const { name, roads } = laneOf(field, random)
  const how = random() < 0.5 ? 'reset' : 'finish'
  return {
    says: `the link of ${name} is cut (${how})`,
    happen: async () => roads?.link.cut(how)
  }
}

/** As `ss -K` on random sockets would. */
export function cutLinks({ field }: Stage, random: Random): Fault {
  const cuts = Array.from({ length: 3 + Math.floor(random() * 6) }, () => ({
    lane: laneOf(field, random),
    how: random() < 0.5 ? ('reset' as const) : ('finish' as const),
    afterMs: 300 + random() * 1_500
  }))
  return {
    says: `links are cut ${cuts.length} times: ${cuts.map(({ lane }) => lane.name).join(', ')}`,
    async happen() {
      for (const { lane, how, afterMs } of cuts) {
        await pause(afterMs)
        lane.roads?.link.cut(how)
      }
    }
  }
}

export function silenceLink({ field }: Stage, random: Random): Fault {
  const { name, roads } = laneOf(field, random)
  const ms = someMs(random)
  const direction = pick(ways, random) ?? 'both'
  return {
    says: `nothing passes on the link of ${name} (${direction}) for ${ms} ms`,
    async happen() {
      roads?.link.make(direction, { stall: true })
      await pause(ms)
      roads?.link.heal()
    }
  }
}

/** As when a host goes away: the other end hears nothing, not even of the end. */
export function swallowLink({ field }: Stage, random: Random): Fault {
  const { name, roads } = laneOf(field, random)
  const ms = someMs(random)
  const direction = pick(ways, random) ?? 'both'
  return {
    says: `the link of ${name} loses all that is on it (${direction}) for ${ms} ms`,
    async happen() {
      roads?.link.make(direction, { swallow: true })
      await pause(ms)
      roads?.link.heal()
      // A TCP connection with a hole in it does not go on.
      roads?.link.cut('reset')
    }
  }
}

export function refuseLink({ field }: Stage, random: Random): Fault {
  const { name, roads } = laneOf(field, random)
  const ms = someMs(random)
  return {
    says: `the panel cannot be reached from ${name} for ${ms} ms`,
    async happen() {
      roads?.link.refuse(true)
      roads?.link.cut('reset')
      await pause(ms)
      roads?.link.refuse(false)
    }
  }
}

export function slowLink({ field }: Stage, random: Random): Fault {
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

/** As 64 kbit/s. */
export function narrowLink({ field }: Stage, random: Random): Fault {
  const { name, roads } = laneOf(field, random)
  const ms = someMs(random)
  return {
    says: `the link of ${name} carries 8 kB a second for ${ms} ms`,
    async happen() {
      roads?.link.make('both', { bytesPerSecond: 8_000 })
      await pause(ms)
      roads?.link.heal()
    }
  }
}

const mischief: Partial<LinkFaults>[] = [
  { garbage: 0.2 },
  { duplicate: 0.5 },
  { reorder: 0.5 },
  { replay: 0.3 },
  { truncate: 0.2 },
  { drop: 0.3 },
  { garbage: 0.05, duplicate: 0.2, reorder: 0.2, replay: 0.2, truncate: 0.05, drop: 0.1 }
]

/** What no network does to a TLS connection: neither end believes all it hears. */
export function spoilLink({ field }: Stage, random: Random): Fault {
  const { name, roads } = laneOf(field, random)
  const faults = pick(mischief, random) ?? {}
  const direction = pick(ways, random) ?? 'both'
  const ms = someMs(random)
  const told = Object.keys(faults).join(', ')
  return {
    says: `messages of ${name} (${direction}) for ${ms} ms: ${told}; then a cut`,
    async happen() {
      roads?.link.make(direction, faults)
      await pause(ms)
      roads?.link.heal()
      // What was lost within a connection, only a new one makes good.
      roads?.link.cut('reset')
    }
  }
}
