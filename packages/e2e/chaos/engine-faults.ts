import { setTimeout as pause } from 'node:timers/promises'
import { type Fault, laneOf, pick, type Random, type Stage, someMs } from './fault.ts'
import type { Lane } from './field.ts'
import { signal } from './process-faults.ts'

const calls = [
  ['POST', /\/containers\/create/],
  ['POST', /\/start$/],
  ['POST', /\/kill/],
  ['DELETE', /\/containers\//]
] as const

/** One kind of call ends badly, once. */
export function breakDocker({ field }: Stage, random: Random): Fault {
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

const ANY = { path: /./, times: Number.POSITIVE_INFINITY }

export function failDocker({ field }: Stage, random: Random): Fault {
  const { name, roads } = laneOf(field, random)
  const ms = someMs(random)
  return {
    says: `Docker on ${name} answers everything with 500 for ${ms} ms`,
    async happen() {
      roads?.docker.add({ ...ANY, do: { kind: 'answer', status: 500, message: 'no' } })
      await pause(ms)
      roads?.docker.clear()
    }
  }
}

export function slowDocker({ field }: Stage, random: Random): Fault {
  const { name, roads } = laneOf(field, random)
  const lateMs = Math.round(random() * 5_000)
  const ms = someMs(random)
  return {
    says: `each call to Docker on ${name} takes ${lateMs} ms longer, for ${ms} ms`,
    async happen() {
      roads?.docker.add({ ...ANY, do: { kind: 'late', ms: lateMs } })
      await pause(ms)
      roads?.docker.clear()
    }
  }
}

export function freezeEngine({ field }: Stage, random: Random): Fault {
  const lane = laneWithEngine(field.lanes)
  const ms = someMs(random)
  return {
    says: `the Docker engine of ${lane.name} stands still for ${ms} ms`,
    async happen() {
      lane.roads?.engine?.freeze()
      await pause(ms)
      lane.roads?.engine?.thaw()
    }
  }
}

export function killEngine({ field }: Stage, random: Random): Fault {
  const lane = laneWithEngine(field.lanes)
  const ms = Math.round(random() * 3_000)
  return {
    says: `kill -9 of the Docker engine of ${lane.name}, which comes back after ${ms} ms`,
    hides: lane,
    async happen() {
      await lane.roads?.engine?.kill9()
      await pause(ms)
      await lane.roads?.engine?.start()
    }
  }
}

function laneWithEngine(lanes: readonly Lane[]): Lane {
  const lane = lanes.find(({ roads }) => roads?.engine)
  if (!lane) throw new Error('no lane has an engine of its own')
  return lane
}

export function killGame({ field }: Stage, random: Random): Fault {
  const lane = laneOf(field, random)
  const serverId = pick(lane.servers, random)
  return {
    says: `kill -9 of a game of ${lane.name}`,
    ...(serverId !== undefined && { kills: serverId }),
    async happen() {
      const pid = serverId && (await field.world.containerOf(serverId))?.State.Pid
      if (pid) signal(pid, 'SIGKILL')
    }
  }
}

/** Somebody at the machine, with a shell. */
export function meddle({ field }: Stage, random: Random): Fault {
  const lane = laneOf(field, random)
  const serverId = pick(lane.servers, random)
  const act = pick(['stop', 'remove', 'pause'] as const, random) ?? 'stop'
  const ms = someMs(random)
  return {
    says: `somebody calls docker ${act} for a game of ${lane.name}`,
    ...(serverId !== undefined && { kills: serverId }),
    async happen() {
      if (serverId === undefined) return
      const container = lane.docker.getContainer(`cap-${serverId}`)
      // It may not be there, or not run.
      const done = async (work: Promise<unknown>) => work.catch(() => undefined)
      if (act === 'stop') return void (await done(container.stop({ t: 1 })))
      if (act === 'remove') return void (await done(container.remove({ force: true })))
      await done(container.pause())
      await pause(ms)
      await done(container.unpause())
    }
  }
}
