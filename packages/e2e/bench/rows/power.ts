import autocannon from 'autocannon'
import { startSimulatedFleet } from '../../test/world/fleet.ts'
import { createWorld } from '../../test/world/world.ts'
import { bareDatabase } from '../database-yardstick.ts'
import { cpuMsOf } from '../processes.ts'
import type { Row } from '../row.ts'

const NODES = 50
const SECONDS = 10
const WARM_UP_SECONDS = 2

export const power: Row = {
  name: 'power',
  about: 'starts and stops, each a durable command with its outcome, on fifty nodes at once',
  async measure(t) {
    const world = await createWorld(t)
    const fleet = await startSimulatedFleet(t, world, { agents: NODES, servers: 1 })
    await fleet.untilConnected(60_000)
    const headers = {
      'content-type': 'application/json',
      origin: world.url,
      cookie: world.admin.cookie(),
      prefer: 'wait=60'
    }
    const requestsOf = (serverId: string) =>
      ['start', 'stop'].map(action => ({
        method: 'POST' as const,
        path: `/api/v1/servers/${serverId}/power`,
        headers,
        body: JSON.stringify({ action })
      }))
    const run = async (duration: number) => {
      const servers = [...fleet.serverIds]
      const result = await autocannon({
        ...{ url: world.url, connections: NODES, duration, timeout: 60 },
        setupClient: client => client.setRequests(requestsOf(servers.pop() ?? ''))
      })
      if (result.non2xx > 0 || result.errors > 0) {
        throw new Error(`power: ${result.non2xx} answers were not 2xx, ${result.errors} failed`)
      }
    }
    const succeeded = async () => {
      const [row] = await world.database.query(
        `SELECT count(*)::int AS count FROM "Command" WHERE "status" = 'SUCCEEDED'`
      )
      return Number(row?.count)
    }

    await run(WARM_UP_SECONDS)
    const pid = world.panelPid()
    const [cpuBefore, before, began] = [cpuMsOf(pid), await succeeded(), performance.now()]
    await run(SECONDS)
    const ended = (await succeeded()) - before
    const elapsedSeconds = (performance.now() - began) / 1_000
    const cpuMicros = ((cpuMsOf(pid) - cpuBefore) * 1_000) / ended

    const bare = await bareDatabase(t, world.database.url)
    await insertAndUpdate(bare.url, WARM_UP_SECONDS)
    const bareBefore = cpuMsOf(bare.pid)
    const done = await insertAndUpdate(bare.url, SECONDS)
    return [
      {
        what: `power commands, durable, ${NODES} nodes at once`,
        unit: 'commands/s',
        ours: ended / elapsedSeconds,
        cpuMicros,
        yardstick: {
          name: 'one-row INSERT + one-row UPDATE by pg',
          figure: done / SECONDS,
          cpuMicros: ((cpuMsOf(bare.pid) - bareBefore) * 1_000) / done
        },
        target: { of: 'ratio', atLeast: 0.3 }
      }
    ]
  }
}

async function insertAndUpdate(url: string, seconds: number): Promise<number> {
  const answer = await fetch(`${url}/commands`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ seconds, atOnce: NODES }),
    signal: AbortSignal.timeout(seconds * 1_000 + 30_000)
  })
  const { done } = (await answer.json()) as { done: number }
  return done
}
