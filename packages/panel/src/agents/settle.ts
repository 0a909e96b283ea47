import type { CommandOutcome, Failpoint, FailpointName } from '@ctrl-alt-play/protocol'
import type { Transact } from '../db/transaction.ts'
import type { CommandRow } from './command-row.ts'
import { type FinalStep, neverBegan } from './command-states.ts'
import { isPlainEnd, kindsWithSequel } from './command-writes.repo.ts'
import type { CommandsRepo, Ending, Fence } from './commands.repo.ts'
import type { Queries, ServerLifecycle } from './contract.ts'
import { lockWanted, restoreWanted } from './wanted-undo.repo.ts'
import { planUndo } from './wanted-undo.ts'

/** Brings commands to their one end. */
export interface Settle {
  /**
   * The end, what it undoes and what follows from it, in one transaction. Undefined when the command
   * has ended already, is not there, or belongs to a newer session.
   */
  finish(
    command: { id: string; step: FinalStep; fence?: Fence },
    ending: Ending,
    also?: AlsoWritten
  ): Promise<CommandRow | undefined>
  /** Undefined when it was not sent, or has ended: there is nobody to ask. */
  requestCancel(id: string, also: AlsoWritten): Promise<CommandRow | undefined>
}

/** What belongs into the same transaction. */
type AlsoWritten = (tx: Queries, command: CommandRow) => Promise<void>

export interface SettleOptions {
  transaction: Transact
  commands: CommandsRepo
  lifecycle: ServerLifecycle
  /** After the commit. `ownerId`: whose server it deleted. `neverRan`: what it wanted was undone. */
  onFinished(command: CommandRow, followed: { ownerId?: string; neverRan: boolean }): void
  failpoint?: Failpoint | undefined
}

export function createSettle(options: SettleOptions): Settle {
  const { transaction, commands, lifecycle, onFinished, failpoint } = options

  /** Of an act that has nothing to undo and no sequel: a statement that it shares with others. */
  async function endPlainly(
    { id, step, fence }: Parameters<Settle['finish']>[0],
    ending: Ending
  ): Promise<CommandRow | undefined> {
    if (!fence || !isPlainEnd(step)) return undefined
    const kind = failpoint && (await plainKindOf(id))
    if (kind) await failpoint(arrowOf(step), kind)
    const row = await commands.end(fence, id, { step, ending })
    if (row) onFinished(row, { neverRan: false })
    return row
  }

  async function plainKindOf(id: string): Promise<string | undefined> {
    const kind = (await commands.find(id))?.kind
    return kind && kindsWithSequel.includes(kind) ? undefined : kind
  }

  return {
    async finish(command, given, also) {
      const ending = command.step === 'refuse' ? { ...given, result: { neverBegan: true } } : given
      const neverRan = neverBegan(command.step, ending.result)
      const ended = neverRan ? undefined : await endPlainly(command, ending)
      if (ended) return ended
      const finished = await transaction(async tx => {
        const row = await commands.finish(tx, command, ending)
        if (!row) return undefined
        if (neverRan) await undo(tx, commands, row)
        const followed = await follow(tx, lifecycle, row, neverRan)
        await also?.(tx, row)
        await failpoint?.(arrowOf(command.step), row.kind)
        return { row, followed }
      })
      if (finished) onFinished(finished.row, { ...finished.followed, neverRan })
      return finished?.row
    },

    requestCancel: (id, also) =>
      transaction(async tx => {
        const row = await commands.requestCancel(tx, id)
        if (row) await also(tx, row)
        return row
      })
  }
}

function arrowOf(step: FinalStep): FailpointName {
  if (step === 'cancel') return 'panel.cancel.written'
  return step === 'expire' ? 'panel.expiry.written' : 'panel.end.written'
}

async function undo(tx: Queries, commands: CommandsRepo, act: CommandRow): Promise<void> {
  const server = act.serverId && (await lockWanted(tx, act.serverId))
  if (!server || !act.serverId) return
  const plan = planUndo(act, server, await commands.laterThan(tx, act))
  switch (plan.do) {
    case 'nothing':
      return
    case 'handOn':
      return commands.replacePayload(tx, plan.to, plan.payload)
    case 'restore':
      return restoreWanted(tx, act.serverId, plan.wanted)
  }
}

async function follow(
  tx: Queries,
  lifecycle: ServerLifecycle,
  command: CommandRow,
  neverRan: boolean
): Promise<{ ownerId?: string }> {
  const { kind, serverId, status, errorMessage: reason } = command
  if (!serverId) return {}
  const ok = status === 'SUCCEEDED'
  if (kind === 'install' || kind === 'reinstall') {
    await lifecycle.installEnded(serverId, { ok, reason, ...(neverRan && { neverRan }) }, tx)
  }
  if (kind !== 'delete' || !ok) return {}
  const server = await tx.server.findUnique({ where: { id: serverId }, select: { ownerId: true } })
  await lifecycle.deleted(serverId, tx)
  return server ?? {}
}

const stepOfOutcome: Record<CommandOutcome['status'], FinalStep> = {
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  UNKNOWN: 'unknown',
  CANCELLED: 'cancelled'
}

/** How an agent's word ends a command. */
export function endingOf(outcome: CommandOutcome): { step: FinalStep; ending: Ending } {
  const { status, errorCode = null, message = null, result = null } = outcome
  return { step: stepOfOutcome[status], ending: { errorCode, errorMessage: message, result } }
}
