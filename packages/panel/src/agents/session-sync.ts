import { batchesOf, type Failpoint, type WantedServer } from '@ctrl-alt-play/protocol'
import type { Arrivals } from './arrivals.ts'
import type { CommandsRepo, Fence } from './commands.repo.ts'
import type { WantedStates } from './contract.ts'
import type { Dispatcher } from './dispatcher.ts'
import { type JournalEntry, planJournal } from './journal.ts'
import { endingOf, type Settle } from './settle.ts'
import type { AgentWire } from './wire.ts'

/** Little enough that a narrow road takes it within seconds: its silence meanwhile is looked at. */
const WANTED_PART_BYTES = 64 * 1024
const CONFIRM_PART = 500

export interface SyncOptions {
  arrivals: Arrivals
  commands: CommandsRepo
  settle: Settle
  states: WantedStates
  failpoint?: Failpoint | undefined
}

/** The half of a session that hears what is wanted. */
export interface SyncTarget extends Fence {
  wire: Pick<AgentWire, 'send' | 'sendPaced'>
  dispatcher: Dispatcher
}

/**
 * Brings a node and the panel to the same knowledge. The order matters: what is claimed can no longer
 * expire, so nothing is wanted of the node by an act that then did not happen. All of it runs while
 * nothing else touches the node's queued commands (the outbox sees to that).
 */
export function createSessionSync(options: SyncOptions) {
  const { arrivals, commands, settle, states, failpoint } = options
  return { begin, wantedOf, claim }

  /** Answers commands of other nodes that the journal named: the session must end. */
  async function begin(
    target: SyncTarget,
    journal: { lost: boolean; entries: readonly JournalEntry[] }
  ): Promise<string[]> {
    const sent = await arrivals.adopt(target)
    const known = await commands.findMany(journal.entries.map(entry => entry.id))
    const plan = planJournal({ nodeId: target.nodeId, journal, sent, known })
    if (plan.foreign.length > 0) return plan.foreign
    for (const { id, outcome } of plan.settle) {
      const { step, ending } = endingOf(outcome)
      await settle.finish({ id, step, fence: target }, ending)
      await failpoint?.('panel.sync.settled', known.find(row => row.id === id)?.kind)
    }
    for (const id of plan.acknowledged) await commands.acknowledge(target, id)
    for (const id of plan.begun) await commands.progress(target, id, null)
    for (const id of plan.giveUp) {
      await settle.finish({ id, step: 'giveUp', fence: target }, lostEnding)
    }
    const ended = new Set([...plan.settle.map(entry => entry.id), ...plan.giveUp])
    const toOffer = sent.filter(row => !ended.has(row.id))
    const { wanted, claimed } = await claimAndLoad(target, () => states.ofNode(target.nodeId))
    const parts = batchesOf(wanted, WANTED_PART_BYTES)
    for (const [index, servers] of parts.entries()) {
      const last = index === parts.length - 1
      await target.wire.sendPaced('wanted', { full: true, last, servers })
    }
    await target.dispatcher.offer(toOffer, { fresh: false })
    await target.dispatcher.offer(claimed, { fresh: true })
    confirm(target, [...plan.settle.map(entry => entry.id), ...plan.confirm])
    return []
  }

  /** Sends the newest wanted state of one server. */
  async function wantedOf(target: SyncTarget, serverId: string): Promise<void> {
    const { wanted, claimed } = await claimAndLoad(target, async () => {
      const one = await states.ofServer(serverId)
      return one ? [one] : []
    })
    if (wanted.length > 0) target.wire.send('wanted', { full: false, last: true, servers: wanted })
    await target.dispatcher.offer(claimed, { fresh: true })
  }

  /** Sends what has been queued. */
  async function claim(target: SyncTarget): Promise<void> {
    const room = target.dispatcher.room()
    const claimed = room > 0 ? await commands.claim(target, room) : []
    if (claimed.length === room) target.dispatcher.expectMore()
    await target.dispatcher.offer(claimed, { fresh: true })
  }

  /**
   * Claims before and after: an act that came while the states were read is part of them. What was not
   * claimed at first is overdue and ends before they are read.
   */
  async function claimAndLoad(target: SyncTarget, load: () => Promise<WantedServer[]>) {
    const before = await arrivals.claimAll(target)
    await expire(target.nodeId)
    const wanted = await load()
    const during = await arrivals.claimAll(target)
    return { wanted, claimed: [...before, ...during] }
  }

  async function expire(nodeId: string): Promise<void> {
    for (const id of await arrivals.overdue(nodeId)) {
      await settle.finish({ id, step: 'expire' }, expiredEnding)
    }
  }
}

const lostEnding = {
  errorCode: 'JOURNAL_LOST',
  errorMessage: 'The node lost its journal: nobody knows how far this got'
}

export const expiredEnding = {
  errorCode: 'EXPIRED',
  errorMessage: 'The node was not connected in time'
}

function confirm(target: SyncTarget, ids: string[]): void {
  for (let from = 0; from < ids.length; from += CONFIRM_PART) {
    target.wire.send('command.confirm', { ids: ids.slice(from, from + CONFIRM_PART) })
  }
}
