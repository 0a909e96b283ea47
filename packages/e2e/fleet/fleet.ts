import { randomUUID } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as immediate, setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { type Agent, assembleAgent } from '../../agent/src/assemble.ts'
import type { Credentials } from '../../agent/src/state/credentials.ts'
import { createMachine, type Machine } from './machine.ts'
import { createMemoryState } from './memory-state.ts'

/** What a fleet has seen since it began. */
export interface FleetCounts {
  agents: number
  connected: number
  /** Sessions that began. */
  welcomes: number
  heartbeats: number
  commandsEnded: number
  commandsFailed: number
  linesPrinted: number
  /** How late this process was at worst since it was last asked: a late one is no measure for a panel. */
  lateMs: number
  /** Why the newest connection ended or was not made. */
  newestProblem: string | null
}

export interface Fleet {
  counts(): FleetCounts
  /** Says good-bye and lets everything go. */
  stop(): Promise<void>
}

export interface FleetOptions {
  nodes: Credentials[]
  /** So many agents begin in a second. */
  perSecond: number
  /** Only who has been called dials: aborting ends the calling, not the agents. */
  signal: AbortSignal
}

interface Member {
  agent: Agent
  machine: Machine
  ending: AbortController
}

/** Docker's events tell of changes at once; a machine in memory never misses one. */
const RELIST_MS = 60_000
const PRINT_EVERY_MS = 1_000
const STEP_MS = 20

/** Many agents in one process: all of each one's own code but for its disk and its Docker. */
export function startFleet({ nodes, perSecond, signal }: FleetOptions): Fleet {
  const log = pino({ enabled: false })
  const members: Member[] = []
  const counts = {
    ...{ welcomes: 0, heartbeats: 0, commandsEnded: 0, commandsFailed: 0, linesPrinted: 0 },
    newestProblem: null as string | null
  }
  const connected = new Set<string>()

  async function begin(credentials: Credentials): Promise<void> {
    const { nodeId, nodeName } = credentials
    const ending = new AbortController()
    const machine = createMachine(nodeName, () => {
      counts.heartbeats++
    })
    const agent = await assembleAgent({
      ...{ credentials, log, signal: ending.signal },
      ...{ driver: machine.driver, vitals: machine.vitals },
      state: createMemoryState(({ status }) => {
        counts.commandsEnded++
        if (status !== 'SUCCEEDED') counts.commandsFailed++
      }),
      saveCredentials: async () => undefined,
      instanceId: randomUUID(),
      bootId: `fleet-${process.pid}`,
      timing: { relistMs: RELIST_MS },
      onLink(state) {
        if (state.connected) {
          connected.add(nodeId)
          counts.welcomes++
        } else {
          connected.delete(nodeId)
          counts.newestProblem = state.reason
        }
      }
    })
    members.push({ agent, machine, ending })
  }

  /** No faster than asked, and one after the other: those who have begun are heard in between. */
  async function beginAll(): Promise<void> {
    const startedMs = performance.now()
    let begun = 0
    while (begun < nodes.length && !signal.aborted) {
      const due = Math.ceil(((performance.now() - startedMs) / 1_000) * perSecond)
      for (const node of nodes.slice(begun, due)) {
        await begin(node)
        await immediate()
        begun++
      }
      await pause(STEP_MS)
    }
  }

  /** Games have something to say while somebody listens. */
  function printWatched(): void {
    for (const { agent, machine } of members) {
      for (const serverId of agent.watched()) {
        machine.print(serverId, `It is ${new Date().toISOString()}, and all is well.`)
        counts.linesPrinted++
      }
    }
  }

  const delays = monitorEventLoopDelay({ resolution: 10 })
  delays.enable()
  function takeLateMs(): number {
    const { max } = delays
    delays.reset()
    return Math.round(max / 1e6)
  }

  const printing = setInterval(printWatched, PRINT_EVERY_MS)
  const begun = beginAll()
  return {
    counts: () => ({
      ...{ agents: nodes.length, connected: connected.size, lateMs: takeLateMs() },
      ...counts
    }),
    async stop() {
      clearInterval(printing)
      delays.disable()
      await begun
      for (const { ending } of members) ending.abort()
      await Promise.all(members.map(({ agent }) => agent.ended))
    }
  }
}
