import type { NodeResources } from '@ctrl-alt-play/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { Fence } from './commands.repo.ts'
import type { NodeSessionsRepo } from './node-sessions.repo.ts'
import { writeApart } from './write-apart.ts'

interface Pulse extends Fence {
  resources: NodeResources | null
  heardAt: number
  writtenAt: number
  /** What of the resources a person would notice; others change with each heartbeat. */
  facts: string
  due: boolean
  hurried: boolean
}

/** The newest sign of life of each node, written with one statement a second. */
export interface Heartbeats {
  begin(fence: Fence): void
  beat(fence: Fence, resources: NodeResources): void
  /** Anything came from it. */
  heard(fence: Fence): void
  /** Its status is no longer ONLINE: the next sign of life is written at once. */
  hurry(nodeId: string): void
  end(fence: Fence): void
  flush(): Promise<void>
}

export interface HeartbeatsOptions {
  repo: Pick<NodeSessionsRepo, 'beat'>
  lastSeenMs: number
  now: () => number
  /** The session's writes no longer count. */
  onSuperseded(fence: Fence): void
  log: FastifyBaseLogger
}

export function createHeartbeats(options: HeartbeatsOptions): Heartbeats {
  const { repo, lastSeenMs, now, onSuperseded, log } = options
  const pulses = new Map<string, Pulse>()
  let flushing: Promise<void> | undefined

  function own({ nodeId, epoch }: Fence): Pulse | undefined {
    const pulse = pulses.get(nodeId)
    return pulse?.epoch === epoch ? pulse : undefined
  }

  function hear(pulse: Pulse): void {
    pulse.heardAt = now()
    pulse.due ||= pulse.hurried
    pulse.hurried = false
  }

  async function write(): Promise<void> {
    const late = (pulse: Pulse) => pulse.heardAt - pulse.writtenAt > lastSeenMs
    const due = [...pulses.values()].filter(pulse => pulse.due || late(pulse))
    if (due.length === 0) return
    const writtenAt = now()
    for (const pulse of due) pulse.due = false
    try {
      const alive = new Set(await writeApart(due, repo.beat, log))
      for (const pulse of due) {
        pulse.writtenAt = writtenAt
        if (!alive.has(pulse.nodeId)) onSuperseded(pulse)
      }
    } catch (err) {
      for (const pulse of due) pulse.due = true
      log.warn({ err, nodes: due.length }, 'signs of life wait for the database')
    }
  }

  return {
    begin({ nodeId, epoch }) {
      const at = now()
      pulses.set(nodeId, {
        nodeId,
        epoch,
        resources: null,
        facts: '',
        heardAt: at,
        writtenAt: at,
        due: false,
        hurried: false
      })
    },
    beat(fence, resources) {
      const pulse = own(fence)
      if (!pulse) return
      const facts = factsOf(resources)
      if (facts !== pulse.facts) {
        pulse.due = true
        pulse.facts = facts
      }
      pulse.resources = resources
      hear(pulse)
    },
    heard(fence) {
      const pulse = own(fence)
      if (pulse) hear(pulse)
    },
    hurry(nodeId) {
      const pulse = pulses.get(nodeId)
      if (pulse) pulse.hurried = true
    },
    end(fence) {
      if (own(fence)) pulses.delete(fence.nodeId)
    },
    flush() {
      flushing ??= write().finally(() => {
        flushing = undefined
      })
      return flushing
    }
  }
}

function factsOf(resources: NodeResources): string {
  const { docker, dockerProblem, cpuCores, memoryTotalMiB, diskTotalMiB, diskFull } = resources
  return JSON.stringify([docker, dockerProblem, cpuCores, memoryTotalMiB, diskTotalMiB, diskFull])
}
