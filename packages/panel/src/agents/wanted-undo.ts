import type { CommandRow, StoredPayload } from './command-row.ts'
import { isOpen } from './command-states.ts'

export interface WantedFacts {
  desired: StoredPayload['desired']
  restartSeq: number
}

export type Undo =
  | { do: 'nothing' }
  /** A later act has not ended: should it not happen either, it is this act's past that comes back. */
  | { do: 'handOn'; to: string; payload: StoredPayload }
  | { do: 'restore'; wanted: WantedFacts }

/**
 * What has to change when an act that was accepted never happened: what was wanted before it is wanted
 * again, unless a later act has replaced it. The run that it would have begun never was.
 */
export function planUndo(
  act: Pick<CommandRow, 'kind' | 'payload'>,
  server: WantedFacts,
  later: Pick<CommandRow, 'id' | 'status' | 'payload'> | undefined
): Undo {
  const { desired, restartSeq, previousDesired } = act.payload
  const previousRestartSeq = act.payload.previousRestartSeq ?? runBefore(act)
  if (later && !isOpen(later.status)) return { do: 'nothing' }
  if (later) {
    const payload = { ...later.payload, previousDesired, previousRestartSeq }
    return { do: 'handOn', to: later.id, payload }
  }
  if (server.desired !== desired) return { do: 'nothing' }
  const sameRun = server.restartSeq === restartSeq
  return {
    do: 'restore',
    wanted: {
      desired: previousDesired,
      restartSeq: sameRun ? previousRestartSeq : server.restartSeq
    }
  }
}

/** For an act that does not say it: a start and a restart each begin a run of their own. */
function runBefore(act: Pick<CommandRow, 'kind' | 'payload'>): number {
  const begins = act.kind === 'start' || act.kind === 'restart'
  return begins ? Math.max(0, act.payload.restartSeq - 1) : act.payload.restartSeq
}
