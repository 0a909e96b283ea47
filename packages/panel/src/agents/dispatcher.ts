import { closeCodes, type Failpoint } from '@ctrl-alt-play/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { planMessage } from './command-message.ts'
import type { CommandRow } from './command-row.ts'
import type { Fence } from './commands.repo.ts'
import type { WantedStates } from './contract.ts'
import type { Settle } from './settle.ts'
import type { LinkTiming } from './timing.ts'
import type { AgentWire } from './wire.ts'

/** Commands that may be on the wire without an answer; the others wait their turn here. */
const MAX_UNANSWERED = 64

interface Unanswered {
  text: string
  sentAt: number
  resends: number
}

/** Sends the commands of one session in order, again when nobody answers, and gives the session up at last. */
export interface Dispatcher {
  /** `fresh`: they were never sent before. Call it with commands in the order of their lanes. */
  offer(commands: CommandRow[], options: { fresh: boolean }): Promise<void>
  /** The agent has it in its journal. */
  answered(id: string): void
  /** Asks the agent not to do it; what still waits here is sent before, so that the agent knows what it is about. */
  cancel(id: string): void
  /** How many more may wait here. */
  room(): number
  /** More are queued than there was room for: `onRoom` is called when there is some again. */
  expectMore(): void
  tick(nowMs: number): void
}

export interface DispatcherOptions {
  fence: Fence
  wire: AgentWire
  states: WantedStates
  settle: Settle
  timing: Pick<LinkTiming, 'acknowledgeMs' | 'resends'>
  now: () => number
  onRoom(): void
  log: FastifyBaseLogger
  failpoint?: Failpoint | undefined
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { fence, wire, states, settle, timing, now, log, failpoint } = options
  const waiting: { command: CommandRow; fresh: boolean }[] = []
  const unanswered = new Map<string, Unanswered>()
  let tail = Promise.resolve()
  let expectsMore = false

  function drain(): Promise<void> {
    tail = tail.then(sendWaiting, sendWaiting)
    return tail
  }

  async function sendWaiting(): Promise<void> {
    for (;;) {
      const next = waiting[0]
      if (!next && expectsMore && unanswered.size < MAX_UNANSWERED) {
        expectsMore = false
        options.onRoom()
      }
      if (!next || unanswered.size >= MAX_UNANSWERED || !wire.isOpen()) return
      const planned = await planMessage(next.command, fence.epoch, states)
      if (planned.ok) {
        waiting.shift()
        unanswered.set(next.command.id, { text: planned.text, sentAt: now(), resends: 0 })
        wire.sendText(planned.text)
        if (next.command.cancelRequested) sendCancel(next.command.id)
        await failpoint?.('panel.dispatch.sent', next.command.kind)
      } else {
        const { errorCode, message: errorMessage } = planned
        const step = next.fresh ? 'refuse' : 'giveUp'
        await settle.finish({ id: next.command.id, step, fence }, { errorCode, errorMessage })
        // Not before it has ended: whoever offers it anew no longer knows that it was never sent.
        waiting.shift()
      }
    }
  }

  function sendCancel(id: string): void {
    wire.send('command.cancel', { id, epoch: fence.epoch })
  }

  function isKnown(id: string): boolean {
    return unanswered.has(id) || waiting.some(entry => entry.command.id === id)
  }

  return {
    async offer(commands, { fresh }) {
      const news = commands.filter(command => !isKnown(command.id))
      if (fresh) for (const { kind } of news) await failpoint?.('panel.dispatch.claimed', kind)
      waiting.push(...news.map(command => ({ command, fresh })))
      await drain()
    },
    answered(id) {
      if (!unanswered.delete(id) || (waiting.length === 0 && !expectsMore)) return
      drain().catch(err => log.warn({ err, nodeId: fence.nodeId }, 'commands wait to be sent'))
    },
    cancel(id) {
      const entry = waiting.find(({ command }) => command.id === id)
      if (entry) entry.command = { ...entry.command, cancelRequested: true }
      else sendCancel(id)
    },
    room: () => Math.max(0, MAX_UNANSWERED - waiting.length),
    expectMore() {
      expectsMore = true
    },
    tick(nowMs) {
      for (const [id, sent] of unanswered) {
        if (nowMs - sent.sentAt < timing.acknowledgeMs) continue
        if (sent.resends >= timing.resends) {
          log.warn({ nodeId: fence.nodeId, commandId: id }, 'the agent does not acknowledge')
          return wire.close(closeCodes.unresponsive, 'commands are not acknowledged')
        }
        unanswered.set(id, { ...sent, sentAt: nowMs, resends: sent.resends + 1 })
        wire.sendText(sent.text)
      }
      if (waiting.length === 0) return
      drain().catch(err => log.warn({ err, nodeId: fence.nodeId }, 'commands wait to be sent'))
    }
  }
}
