import type { ServerReport } from '@ctrl-alt-play/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { Fence } from './commands.repo.ts'
import type { PanelEvents, ServerLifecycle } from './contract.ts'
import { createFlusher } from './flusher.ts'
import type { StatusesRepo, StatusWrite, WrittenStatus } from './statuses.repo.ts'
import { writeApart } from './write-apart.ts'

const INTERVAL_MS = 100
const RETRY_MS = 1_000
const MAX_ROWS = 2_000

/** Writes the newest report of each server into its row, many in one statement. */
export interface Statuses {
  offer(fence: Fence, reports: Iterable<ServerReport>): void
  flush(): Promise<void>
  stop(): Promise<void>
}

export interface StatusesOptions {
  repo: Pick<StatusesRepo, 'write'>
  events: PanelEvents
  lifecycle: Pick<ServerLifecycle, 'endedByItself'>
  /** What is wanted of the server may have changed. */
  pushWanted(nodeId: string, serverId: string): Promise<void>
  log: FastifyBaseLogger
}

export function createStatuses(options: StatusesOptions): Statuses {
  const { repo, events, log } = options
  const pending = new Map<string, StatusWrite>()
  const flusher = createFlusher({
    intervalMs: INTERVAL_MS,
    retryMs: RETRY_MS,
    work: writePending,
    onError: err => log.warn({ err, waiting: pending.size }, 'statuses wait for the database')
  })

  function put(write: StatusWrite): void {
    const waiting = pending.get(write.report.serverId)
    if (!waiting || waiting.epoch <= write.epoch || waiting.nodeId !== write.nodeId) {
      pending.set(write.report.serverId, write)
    }
  }

  async function writePending(): Promise<void> {
    while (pending.size > 0) {
      const writes = [...pending.values()].slice(0, MAX_ROWS)
      for (const { report } of writes) pending.delete(report.serverId)
      try {
        await tell(await writeApart(writes, repo.write, log), writes)
      } catch (err) {
        for (const write of writes) if (!pending.has(write.report.serverId)) put(write)
        throw err
      }
    }
  }

  async function tell(written: WrittenStatus[], writes: StatusWrite[]): Promise<void> {
    const reports = new Map(writes.map(({ report }) => [report.serverId, report]))
    for (const row of written) {
      if (row.visible) events.publish(statusEvent(row))
      const report = reports.get(row.id)
      const counts = row.desiredState === 'RUNNING' && row.generation === report?.generation
      if (report?.endedByItself && counts) await endedByItself(row)
    }
  }

  /** A failure here is not worth the batch: the next snapshot says it again. */
  async function endedByItself({ id, nodeId, generation }: WrittenStatus): Promise<void> {
    try {
      await options.lifecycle.endedByItself(id, generation)
      // Not waited for: a node that does not read would hold up the statuses of all the others.
      options.pushWanted(nodeId, id).catch(err => {
        log.error({ err, serverId: id }, 'could not tell a node that a game is not wanted any more')
      })
    } catch (err) {
      log.error({ err, serverId: id }, 'could not note that a game ended by itself')
    }
  }

  return {
    offer(fence, reports) {
      const { nodeId, epoch } = fence
      for (const report of reports) put({ nodeId, epoch, report })
      if (pending.size > 0) flusher.poke()
    },
    flush: flusher.flush,
    async stop() {
      await flusher.flush().catch(err => log.warn({ err }, 'the last statuses were not written'))
      flusher.stop()
    }
  }
}

export function statusEvent(row: {
  id: string
  nodeId: string | null
  status: string
  reason: string | null
  startedAt: Date | null
}) {
  const { id: serverId, nodeId, status, reason, startedAt } = row
  const at = startedAt?.toISOString() ?? null
  return { type: 'server.status', serverId, nodeId, status, reason, startedAt: at } as const
}
