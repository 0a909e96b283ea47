import type { FastifyBaseLogger } from 'fastify'
import type { Audit, AuditEntry } from '../../agents/contract.ts'
import type { Database } from '../../db/client.ts'
import { Prisma } from '../../db/generated/client.ts'
import { newId } from '../../new-id.ts'

const FLUSH_MS = 500
const MAX_WAITING = 2_000
/** What anybody may do as often as they like leaves room for the rest: logins, refusals, intrusions. */
const MAX_WAITING_INPUT = 1_500
const MAX_BATCH = 500
const MAX_JSON_BYTES = 8_192

/** One statement and one parameter for any number of rows: each is a row as JSON. */
const insertion = (rows: string[]) => Prisma.sql`
  INSERT INTO "AuditLog" (id, "actorType", "actorId", "actorName", "apiKeyId", "apiKeyName", action,
    "targetType", "targetId", ip, before, after, "requestId", "createdAt")
  SELECT r.id, r."actorType"::"ActorType", r."actorId", r."actorName", r."apiKeyId", r."apiKeyName",
    r.action, r."targetType", r."targetId", r.ip, r.before, r.after, r."requestId", r."createdAt"
  FROM jsonb_to_recordset(${`[${rows.join()}]`}::jsonb) AS r(id uuid, "actorType" text, "actorId" uuid,
    "actorName" text, "apiKeyId" uuid, "apiKeyName" text, action text, "targetType" text,
    "targetId" text, ip text, before jsonb, after jsonb, "requestId" text, "createdAt" timestamptz)`

/** Each line that is typed into a game. */
export const CONSOLE_INPUT = 'server.console.input'

/** Writes the audit log; what is only noted goes there in batches, and what found no room is counted. */
export function createAudit(
  { pool }: Pick<Database, 'pool'>,
  log: Pick<FastifyBaseLogger, 'error'>
): Audit & { close(): Promise<void> } {
  const waiting: string[] = []
  let dropped = 0
  let flushing: Promise<void> | undefined

  const timer = setInterval(start, FLUSH_MS)
  timer.unref()

  function start(): void {
    flushing ??= flush().finally(() => {
      flushing = undefined
    })
  }

  async function flush(): Promise<void> {
    if (dropped > 0 && waiting.length < MAX_WAITING) {
      waiting.push(textOf(droppedEntry(dropped)))
      dropped = 0
    }
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MAX_BATCH)
      const { text, values } = insertion(batch)
      try {
        await pool.query({ name: 'audit-batch', text, values })
      } catch (err) {
        // They stay where they are, in order, until the database takes them.
        log.error({ err, waiting: waiting.length }, 'could not write the audit log')
        return
      }
      waiting.splice(0, batch.length)
    }
  }

  return {
    async write(tx, ...entries) {
      await tx.$executeRaw(insertion(entries.map(textOf)))
    },
    note(entry) {
      const room = entry.action === CONSOLE_INPUT ? MAX_WAITING_INPUT : MAX_WAITING
      if (waiting.length >= room) dropped += 1
      else if (waiting.push(textOf(entry)) >= MAX_BATCH) start()
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

/** A row as JSON that PostgreSQL takes: one that it refused would hold up all that come after it. */
function textOf({ before, after, apiKey, ...rest }: AuditEntry): string {
  const key = apiKey && { apiKeyId: apiKey.id, apiKeyName: apiKey.name }
  const row = { id: newId(), createdAt: new Date(), ...rest, ...key }
  return jsonOf({ ...row, before: fitting(before), after: fitting(after) }) ?? 'null'
}

/** What would be too large is left out and said so; null where there is nothing. */
function fitting(value: unknown): unknown {
  const json = value === undefined || value === null ? undefined : jsonOf(value)
  if (json === undefined) return null
  if (Buffer.byteLength(json) > MAX_JSON_BYTES) return { omitted: `${json.length} characters` }
  return JSON.parse(json)
}

/** How JSON writes NUL and halves of surrogate pairs. */
const unstorable = /\\u(?:0000|d[89a-f])/i

/** A function called for every part would cost more than all the rest of an entry: hardly any needs it. */
function jsonOf(value: unknown): string | undefined {
  try {
    const json: string | undefined = JSON.stringify(value)
    if (json === undefined || !unstorable.test(json)) return json
  } catch {
    // It holds a bigint.
  }
  return JSON.stringify(value, storable)
}

/** NUL, which PostgreSQL cannot keep, is made visible, and half of a surrogate pair replaced. */
function storable(_: string, part: unknown): unknown {
  if (typeof part === 'bigint') return String(part)
  if (typeof part !== 'string') return part
  return part.replace(/\p{Cs}/gu, '\ufffd').replaceAll('\0', '\u2400')
}
