import type { CommandKind } from '@ctrl-alt-play/protocol'

/** A command on its way through its server's lane. */
export interface Job {
  id: string
  kind: CommandKind
  serverId: string
  /** Aborting ends what runs; the reason is the outcome it then has. */
  stop: AbortController
}

/** One lane a server: its commands run one after the other, in the order of their arrival. */
export interface Lanes<J extends Job> {
  push(job: J): void
  /** Runs next, whoever was before. */
  pushFirst(job: J): void
  /** Takes it out of the line; undefined when it does not wait there. */
  withdraw(id: string): J | undefined
  running(serverId: string): J | undefined
  find(id: string): J | undefined
  /** All that run or wait. */
  all(): J[]
}

/** `run` never rejects. */
export function createLanes<J extends Job>(run: (job: J) => Promise<void>): Lanes<J> {
  const lanes = new Map<string, { running: J | undefined; waiting: J[] }>()

  function laneOf(serverId: string): { running: J | undefined; waiting: J[] } {
    const known = lanes.get(serverId)
    if (known) return known
    const lane = { running: undefined, waiting: [] }
    lanes.set(serverId, lane)
    queueMicrotask(() => void work(serverId, lane))
    return lane
  }

  async function work(
    serverId: string,
    lane: { running: J | undefined; waiting: J[] }
  ): Promise<void> {
    for (let job = lane.waiting.shift(); job; job = lane.waiting.shift()) {
      lane.running = job
      await run(job)
      lane.running = undefined
    }
    lanes.delete(serverId)
  }

  function all(): J[] {
    return [...lanes.values()].flatMap(({ running, waiting }) =>
      running ? [running, ...waiting] : waiting
    )
  }

  return {
    push: job => void laneOf(job.serverId).waiting.push(job),
    pushFirst: job => void laneOf(job.serverId).waiting.unshift(job),
    withdraw(id) {
      for (const { waiting } of lanes.values()) {
        const index = waiting.findIndex(job => job.id === id)
        if (index >= 0) return waiting.splice(index, 1)[0]
      }
    },
    running: serverId => lanes.get(serverId)?.running,
    find: id => all().find(job => job.id === id),
    all
  }
}
