import {
  type AgentBody,
  type CommandKind,
  type CommandOutcome,
  type Failpoint,
  type PanelBody,
  recoveryOf,
  type WantedServer
} from '@ctrl-alt-play/protocol'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { Uplink } from '../link/uplink.ts'
import type { Timing } from '../reconcile/timing.ts'
import type { Journal, NewEntry } from '../state/journal.ts'
import type { CommandContext, CommandHandlers } from './handlers.ts'
import { createLanes, type Lanes } from './lanes.ts'
import { type Order, orderAgain, orderFrom } from './order.ts'
import { outcomeOf, outcomeOfNothing, outcomes } from './outcomes.ts'
import { createProgressTeller } from './progress.ts'

/** The panel's commands: each at most once, each with one end that is told until the panel knows it. */
export interface Commands {
  /** Goes on with what was open when the agent ended. Once, before anything is received. */
  recover(): Promise<void>
  receive(command: PanelBody<'command'>): void
  cancel(id: string): Promise<void>
  confirm(ids: string[]): Promise<void>
  /** All that the panel has not confirmed, for the snapshot. */
  open(): AgentBody<'snapshot'>['commands']
  /** The agent ends: what is under way keeps its place in the journal, and the next agent goes on with it. */
  close(): void
}

export interface CommandsOptions {
  journal: Journal
  handlers: CommandHandlers
  send: Uplink
  log: Logger
  clock: Clock
  timing: Timing
  bootId: string
  /** What is wanted of a server already; undefined when nothing is. */
  wantedOf(serverId: string): WantedServer | undefined
  /** The panel knows that it is gone. */
  onDeleted(serverId: string): Promise<void>
  failpoint?: Failpoint | undefined
}

const endsRun = new Set<CommandKind>(['stop', 'restart', 'delete'])

/** More than any panel needs: the lines of a node are bounded. */
const MOST_ORDERS = 2_000

export function createCommands(options: CommandsOptions): Commands {
  const { journal, handlers, send, log, clock, timing, bootId, failpoint } = options
  /** Ends that could not be written, and refusals: told all the same, and told again should the panel ask again. */
  const unwritten = new Map<string, CommandOutcome>()
  const arriving = new Set<string>()
  let isClosed = false
  const lanes: Lanes<Order> = createLanes(perform)

  function refuse(id: string, outcome: CommandOutcome): void {
    log.warn({ commandId: id, outcome }, 'command refused')
    remember(id, outcome)
    send('command.result', { id, outcome })
  }

  function remember(id: string, outcome: CommandOutcome): void {
    unwritten.set(id, outcome)
    for (const oldest of unwritten.keys()) {
      if (unwritten.size <= MOST_ORDERS) break
      unwritten.delete(oldest)
    }
  }

  /** Known already: told again what became of it. What was refused stays refused. */
  function repeat(id: string): boolean {
    const entry = journal.find(id)
    const outcome = unwritten.get(id) ?? entry?.outcome
    if (!entry && !outcome) return arriving.has(id)
    if (entry) send('command.ack', { id })
    if (outcome) send('command.result', { id, outcome })
    return true
  }

  /** The arrow from nothing to RECEIVED: on disk before the panel hears of it. */
  async function takeOn(order: Order, deadline: NewEntry['deadline']): Promise<void> {
    const { id, kind, serverId, payload } = order
    arriving.add(id)
    try {
      await failpoint?.('agent.command.received', kind)
      await journal.received({ id, kind, serverId, payload, deadline })
      await failpoint?.('agent.command.journaled', kind)
      send('command.ack', { id })
    } finally {
      arriving.delete(id)
    }
  }

  /** A kill does not wait, and nothing that ends the run waits long for it to become ready. */
  function makeWay(order: Order): void {
    const running = lanes.running(order.serverId)
    if (!running || running === order) return
    const { stop, kind } = running
    if (order.kind === 'kill' && kind !== 'delete' && kind !== 'kill') stop.abort(outcomes.killed)
    const isStarting = kind === 'start' || kind === 'restart'
    if (!isStarting || !endsRun.has(order.kind)) return
    setTimeout(() => stop.abort(outcomes.overtaken), timing.yieldAfterMs).unref()
  }

  async function perform(order: Order): Promise<void> {
    if (isClosed) return
    try {
      await order.received
    } catch (err) {
      return refuse(order.id, honest(order, outcomeOfNothing(err)))
    }
    const outcome = refusalOf(order) ?? (await begin(order))
    await finish(order.id, honest(order, outcome))
  }

  /** What is wanted of the server already has begun, whatever becomes of its command. */
  function isWanted({ kind, payload }: Order): boolean {
    const { serverId, generation, desired, restartSeq } = payload.wanted
    const known = options.wantedOf(serverId)
    if (!known || recoveryOf[kind] === 'unknown') return false
    const isSame = known.desired === desired && known.restartSeq === restartSeq
    return known.generation >= generation || isSame
  }

  /** Nobody is told that an act never began whose state the panel had told as a whole. */
  function honest(order: Order, { result, ...outcome }: CommandOutcome): CommandOutcome {
    if (result === undefined) return outcome
    const { neverBegan } = result
    return neverBegan && isWanted(order) ? outcome : { ...outcome, result }
  }

  /** Why it is not begun at all. */
  function refusalOf(order: Order): CommandOutcome | undefined {
    const { deadline, payload, stop } = order
    const reason: CommandOutcome | undefined = stop.signal.aborted ? stop.signal.reason : undefined
    if (reason) return reason === outcomes.aborted ? outcomes.cancelled : reason
    const isLate = deadline?.bootId !== bootId || clock.monotonicMs() > deadline.monotonicMs
    if (deadline && isLate && !isWanted(order)) return outcomes.tooLate
    const { serverId, generation } = payload.wanted
    if (generation < (options.wantedOf(serverId)?.generation ?? 0)) return outcomes.superseded
  }

  /** The arrow from RECEIVED to STARTED: on disk before it has any effect. */
  async function begin(order: Order): Promise<CommandOutcome> {
    try {
      await failpoint?.('agent.command.acked', order.kind)
      if (order.deadline) await journal.started(order.id)
      await failpoint?.('agent.command.started', order.kind)
    } catch (err) {
      return outcomeOfNothing(err)
    }
    return act(order)
  }

  async function act({ id, kind, payload, stop }: Order): Promise<CommandOutcome> {
    log.info({ commandId: id, kind, serverId: payload.wanted.serverId }, 'command begun')
    const teller = createProgressTeller({
      everyMs: timing.progressEveryMs,
      atLeastMs: timing.progressAtLeastMs,
      send: progress => void send('command.progress', { id, progress })
    })
    const handler = handlers[kind] as (
      payload: Order['payload'],
      context: CommandContext
    ) => Promise<CommandOutcome>
    try {
      const context = { commandId: id, kind, signal: stop.signal, progress: teller.tell, failpoint }
      const outcome = await handler(payload, context)
      await failpoint?.('agent.effect.done', kind)
      return outcome
    } catch (err) {
      log.error({ err, commandId: id, kind }, 'command failed unexpectedly')
      return outcomeOf(err)
    } finally {
      teller.close()
    }
  }

  /** The arrow to DONE: on disk before the panel hears of it. */
  async function finish(id: string, ended: CommandOutcome): Promise<void> {
    if (isClosed) return
    let outcome = ended
    log.info({ commandId: id, outcome }, 'command ended')
    try {
      await journal.done(id, outcome)
    } catch (err) {
      log.error({ err, commandId: id }, 'outcome not written')
      // By the journal it is still to be done: the next agent would do it.
      if (journal.find(id)?.state === 'RECEIVED') outcome = outcomes.unwritten
      remember(id, outcome)
    }
    await failpoint?.('agent.outcome.journaled', journal.find(id)?.kind)
    send('command.result', { id, outcome })
    await failpoint?.('agent.outcome.sent', journal.find(id)?.kind)
  }

  function enqueue(order: Order): void {
    if (order.kind === 'kill') lanes.pushFirst(order)
    else lanes.push(order)
    order.received.then(() => makeWay(order)).catch(() => undefined)
  }

  async function recover(): Promise<void> {
    for (const entry of journal.open()) {
      if (entry.state === 'DONE') continue
      const order = orderAgain(entry)
      const isCutOff = entry.state === 'STARTED' && order && recoveryOf[order.kind] === 'unknown'
      if (order && !isCutOff) enqueue(order)
      else await finish(entry.id, outcomes.unknown)
    }
  }

  return {
    recover,
    receive(command) {
      if (repeat(command.id)) return
      const order = orderFrom(command, { monotonicMs: clock.monotonicMs(), bootId })
      if (!order?.deadline) return refuse(command.id, outcomes.unreadable)
      if (lanes.all().length >= MOST_ORDERS) {
        return refuse(command.id, honest(order, outcomes.tooMany))
      }
      order.received = takeOn(order, order.deadline)
      order.received.catch(() => undefined)
      enqueue(order)
    },
    async cancel(id) {
      const order = lanes.find(id)
      if (!order) {
        // Never heard of: should it still come, it is not to be done.
        if (!repeat(id)) await finish(id, outcomes.cancelled)
        return
      }
      if (isWanted(order)) return
      if (lanes.withdraw(id)) {
        await order.received.catch(() => undefined)
        return finish(id, outcomes.cancelled)
      }
      const isInstall = recoveryOf[order.kind] === 'unknown'
      if (isInstall) order.stop.abort(outcomes.aborted)
    },
    async confirm(ids) {
      const [kind] = ids.flatMap(id => journal.find(id)?.kind ?? [])
      await failpoint?.('agent.confirm.received', kind)
      const deleted = ids.flatMap(id => deletedBy(id) ?? [])
      await journal.confirmed(ids)
      await failpoint?.('agent.confirm.journaled', kind)
      for (const id of ids) unwritten.delete(id)
      for (const serverId of deleted) await options.onDeleted(serverId)
    },
    open: () =>
      journal.open().map(({ id, state, outcome }) => {
        const told = unwritten.get(id) ?? outcome
        return told ? { id, state: 'DONE', outcome: told } : { id, state }
      }),
    close() {
      isClosed = true
      for (const { stop } of lanes.all()) stop.abort(outcomes.unknown)
    }
  }

  function deletedBy(id: string): string | undefined {
    const entry = journal.find(id)
    const isGone = entry?.kind === 'delete' && entry.outcome?.status === 'SUCCEEDED'
    return isGone ? entry.serverId : undefined
  }
}
