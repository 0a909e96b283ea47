import type { FastifyBaseLogger } from 'fastify'
import type { Audit, AuditEntry } from '../../agents/contract.ts'
import type { Database } from '../../db/client.ts'
import { Prisma } from '../../db/generated/client.ts'

const FLUSH_MS = 500
const MAX_WAITING = 2_000
const MAX_BATCH = 200
const MAX_JSON_BYTES = 8_192

type Row = Prisma.AuditLogCreateManyInput

/** Writes the audit log; what is only noted goes there in batches, and what found no room is counted. */
export function createAudit(
  { prisma }: Database,
  log: Pick<FastifyBaseLogger, 'error'>
): Audit & { close(): Promise<void> } {
  const waiting: Row[] = []
  let dropped = 0
  let flushing: Promise<void> | undefined

  const timer = setInterval(() => {
    flushing ??= flush().finally(() => {
      flushing = undefined
    })
  }, FLUSH_MS)
  timer.unref()

  async function flush(): Promise<void> {
    if (dropped > 0 && waiting.length < MAX_WAITING) {
      waiting.push(rowOf(droppedEntry(dropped)))
      dropped = 0
    }
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MAX_BATCH)
      try {
        await prisma.auditLog.createMany({ data: batch })
      } catch (err) {
        // They stay where they are, in order, until the database takes them.
        log.error({ err, waiting: waiting.length }, 'could not write the audit log')
        return
      }
      waiting.splice(0, batch.length)
    }
  }

  return {
    async write(tx, entry) {
      await tx.auditLog.createMany({ data: [rowOf(entry)] })
    },
    note(entry) {
      if (waiting.length >= MAX_WAITING) dropped += 1
      else waiting.push(rowOf(entry))
    },
    async close() {
      clearInterval(timer)
      await flushing
      await flush()
    }
  }
}

function droppedEntry(count: number): AuditEntry {
  return {
    actorType: 'SYSTEM',
    actorId: null,
    actorName: null,
    action: 'audit.dropped',
    targetType: 'audit',
    targetId: null,
    ip: null,
    after: { count }
  }
}

function rowOf(entry: AuditEntry): Row {
  const { before, after, requestId, ...rest } = entry
  return {
    ...rest,
    createdAt: new Date(),
    ...(requestId !== undefined && { requestId }),
    ...(before !== undefined && { before: jsonOf(before) }),
    ...(after !== undefined && { after: jsonOf(after) })
  }
}

/** What would be too large is left out and said so; NUL, which PostgreSQL cannot keep, is made visible. */
function jsonOf(value: unknown): Prisma.InputJsonValue | typeof Prisma.JsonNull {
  const text = JSON.stringify(value, (_, part) =>
    typeof part === 'bigint' ? String(part) : part
  )?.replaceAll('\\u0000', '\\u2400')
  if (text === undefined || text === 'null') return Prisma.JsonNull
  if (Buffer.byteLength(text) > MAX_JSON_BYTES) return { omitted: `${text.length} characters` }
  return JSON.parse(text)
}
