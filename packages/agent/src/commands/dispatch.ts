import {
  type AgentBody,
  type CommandKind,
  type CommandOutcome,
  type Failpoint,
  type PanelBody,
  recoveryOf
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
  /** The newest generation that is wanted of a server; 0 when nothing is. */
  generationOf(serverId: string): number
  /** The panel knows that it is gone. */
  onDeleted(serverId: string): Promise<void>
  failpoint?: Failpoint | undefined
}

const endsRun = new Set<CommandKind>(['stop', 'restart', 'delete'])

/** More than any panel needs: the lines of a node are bounded. */
const MOST_ORDERS = 2_000

export function createCommands(options: CommandsOptions): Commands {
  const { journal, handlers, send, log, clock, timing, bootId, failpoint } = options
  /** Ends that could not be written: told all the same, and written when there is room again. */
  const unwritten = new Map<string, CommandOutcome>()
  const arriving = new Set<string>()
  let isClosed = false
  const lanes: Lanes<Order> = createLanes(perform)

  function refuse(id: string, outcome: CommandOutcome): void {
    log.warn({ commandId: id, outcome }, 'command refused')
    send('command.result', { id, outcome })
  }

  /** Known already: told again what became of it. */
  function repeat(id: string): boolean {
    const entry = journal.find(id)
    if (!entry) return arriving.has(id)
    send('command.ack', { id })
    const outcome = unwritten.get(id) ?? entry.outcome
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
      return refuse(order.id, outcomeOfNothing(err))
    }
    await finish(order.id, refusalOf(order) ?? (await begin(order)))
  }

  /** Why it is not begun at all. */
  function refusalOf({ deadline, payload, stop }: Order): CommandOutcome | undefined {
    if (stop.signal.aborted) return stop.signal.reason as CommandOutcome
    const isLate = deadline?.bootId !== bootId || clock.monotonicMs() > deadline.monotonicMs
    if (deadline && isLate) return outcomes.tooLate
    const { serverId, generation } = payload.wanted
    if (generation < options.generationOf(serverId)) return outcomes.superseded
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
  async function finish(id: string, outcome: CommandOutcome): Promise<void> {
    if (isClosed) return
    log.info({ commandId: id, outcome }, 'command ended')
    try {
      await journal.done(id, outcome)
    } catch (err) {
      log.error({ err, commandId: id }, 'outcome not written')
      unwritten.set(id, outcome)
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
      if (lanes.all().length >= MOST_ORDERS) return refuse(command.id, outcomes.tooMany)
      order.received = takeOn(order, order.deadline)
      order.received.catch(() => undefined)
      enqueue(order)
    },
    async cancel(id) {
      const waiting = lanes.withdraw(id)
      if (waiting) {
        await waiting.received.catch(() => undefined)
        return finish(id, outcomes.cancelled)
      }
      const running = lanes.find(id)
      if (running) {
        const isInstall = recoveryOf[running.kind] === 'unknown'
        if (isInstall) running.stop.abort(outcomes.aborted)
        return
      }
      // Never heard of: should it still come, it is not to be done.
      if (!repeat(id)) await finish(id, outcomes.cancelled)
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
