import {
  commandPayloads,
  isCommandKind,
  type PanelBody,
  type WantedServer
} from '@ctrl-alt-play/protocol'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import type { JournalEntry, NewEntry } from '../state/journal.ts'
import type { Job } from './lanes.ts'

/** A command that is to be carried out. */
export interface Order extends Job {
  payload: { wanted: WantedServer }
  /** Undefined: it had begun before. */
  deadline: NewEntry['deadline'] | undefined
  /** Resolves once the journal has it. */
  received: Promise<void>
}

const checks = new Map(
  Object.entries(commandPayloads).map(([kind, schema]) => [kind, TypeCompiler.Compile(schema)])
)

/** Undefined for a kind that is not known and for a payload that is not the kind's. */
export function orderFrom(
  command: PanelBody<'command'>,
  now: NewEntry['deadline']
): Order | undefined {
  const { id, kind, serverId, ttlMs } = command
  const payload = readPayload(kind, command.payload)
  if (!isCommandKind(kind) || !payload || payload.wanted.serverId !== serverId) return
  const deadline = { ...now, monotonicMs: now.monotonicMs + ttlMs }
  return { id, kind, serverId, payload, deadline, ...fresh() }
}

/** What the journal kept of a command that has not ended. */
export function orderAgain(entry: JournalEntry): Order | undefined {
  const { id, kind, serverId, state } = entry
  const payload = readPayload(kind, entry.payload)
  if (kind === '' || !payload) return
  const deadline = state === 'RECEIVED' ? entry.deadline : undefined
  return { id, kind, serverId, payload, deadline, ...fresh() }
}

function readPayload(kind: string, payload: unknown): Order['payload'] | undefined {
  const check = checks.get(kind)
  return check?.Check(payload) ? payload : undefined
}

function fresh(): Pick<Order, 'stop' | 'received'> {
  return { stop: new AbortController(), received: Promise.resolve() }
}
