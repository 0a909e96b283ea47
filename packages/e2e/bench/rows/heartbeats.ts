import { setTimeout as pause } from 'node:timers/promises'
import { startSimulatedFleet } from '../../test/world/fleet.ts'
import { createWorld } from '../../test/world/world.ts'
import { cpuMsOf, rssMiBOf } from '../processes.ts'
import type { Row } from '../row.ts'
import { takeLongestDelayMs } from './event-loop.ts'

const CONNECT_MS = 300_000
const SETTLE_MS = 30_000
const MEASURED_MS = 60_000
/** A node is heard every ten seconds or so, and a sign of life is written when the last is older than fifteen. */
const FRESH_SECONDS = 30

export const heartbeats: Row = {
  name: 'heartbeats',
  about: 'a panel with many nodes that do nothing but beat',
  async measure(t, { agents }) {
    const world = await createWorld(t)
    const fleet = await startSimulatedFleet(t, world, { agents })
    await fleet.untilConnected(CONNECT_MS)
    await pause(SETTLE_MS)
    await takeLongestDelayMs(world)
    const pid = world.panelPid()
    const [cpuBefore, beatsBefore, began] = [
      cpuMsOf(pid),
      fleet.counts().heartbeats,
      performance.now()
    ]
    await pause(MEASURED_MS)
    const cpuMs = cpuMsOf(pid) - cpuBefore
    const beats = fleet.counts().heartbeats - beatsBefore
    const elapsedMs = performance.now() - began
    const stale = await world.database.query(
      `SELECT count(*)::int AS count FROM "Node"
       WHERE "status" <> 'ONLINE' OR "lastSeen" < now() - $1 * interval '1 second'`,
      [FRESH_SECONDS]
    )
    const of = `${agents.toLocaleString('en')} nodes' heartbeats`
    return [
      {
        what: `${of}: the panel's processor`,
        unit: '% of a core',
        ours: (100 * cpuMs) / elapsedMs,
        cpuMicros: (cpuMs * 1_000) / beats,
        target: { of: 'ours', atMost: 25 }
      },
      { what: `${of}: told`, unit: 'a second', ours: (beats * 1_000) / elapsedMs },
      {
        what: `${of}: the panel's memory`,
        unit: 'MiB',
        ours: rssMiBOf(pid),
        target: { of: 'ours', atMost: 400 }
      },
      {
        what: `${of}: longest event-loop delay`,
        unit: 'ms',
        ours: await takeLongestDelayMs(world)
      },
      {
        what: `${of}: nodes not ONLINE, or seen more than ${FRESH_SECONDS} s ago`,
        unit: '',
        ours: Number(stale[0]?.count),
        target: { of: 'ours', atMost: 0 }
      }
    ]
  }
}
