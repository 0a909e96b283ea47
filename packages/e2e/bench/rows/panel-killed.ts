import { setTimeout as pause } from 'node:timers/promises'
import { startSimulatedFleet } from '../../test/world/fleet.ts'
import { until } from '../../test/world/until.ts'
import { createWorld } from '../../test/world/world.ts'
import { cpuMsOf } from '../processes.ts'
import type { Row } from '../row.ts'
import { takeLongestDelayMs } from './event-loop.ts'

const CONNECT_MS = 300_000
/** Longer than a session must last to count as a healthy one: then its agent comes back gently. */
const HEALTHY_MS = 75_000
const BACK_MS = 120_000

export const panelKilled: Row = {
  name: 'panel-killed',
  about: 'a panel with many nodes is killed and started again',
  async measure(t, { agents }) {
    const world = await createWorld(t)
    const fleet = await startSimulatedFleet(t, world, { agents })
    await fleet.untilConnected(CONNECT_MS)
    await pause(HEALTHY_MS)
    const { welcomes } = fleet.counts()
    await world.killPanel()
    const startedAt = Date.now()
    await world.startPanel()
    await takeLongestDelayMs(world)
    const unreachable = watchUnreachable(world.database)
    t.teardown(unreachable.stop)
    const back = await until(
      'all are back',
      () => {
        const counts = fleet.counts()
        return counts.connected === agents && counts.welcomes >= welcomes + agents && counts
      },
      { deadlineMs: BACK_MS }
    )
    const cpuMs = cpuMsOf(world.panelPid())
    const longestMs = await takeLongestDelayMs(world)
    await pause(5_000)
    const of = `panel kill -9 with ${agents.toLocaleString('en')} agents`
    return [
      {
        what: `${of}: from its start until all are back`,
        unit: 's',
        ours: (back.atMs - startedAt) / 1_000,
        cpuMicros: (cpuMs * 1_000) / agents,
        target: { of: 'ours', atMost: 30 }
      },
      {
        what: `${of}: longest event-loop delay`,
        unit: 'ms',
        ours: longestMs,
        target: { of: 'ours', atMost: 250 }
      },
      {
        what: `${of}: nodes falsely UNREACHABLE`,
        unit: '',
        ours: await unreachable.most(),
        target: { of: 'ours', atMost: 0 }
      }
    ]
  }
}

function watchUnreachable(database: { query(sql: string): Promise<Record<string, unknown>[]> }) {
  let most = 0
  async function look(): Promise<void> {
    const [row] = await database.query(
      `SELECT count(*)::int AS count FROM "Node" WHERE "status" = 'UNREACHABLE'`
    )
    most = Math.max(most, Number(row?.count))
  }
  const timer = setInterval(() => void look().catch(() => undefined), 1_000)
  return {
    stop: () => clearInterval(timer),
    async most() {
      await look()
      return most
    }
  }
}
