import { randomUUID } from 'node:crypto'
import {
  type AgentBody,
  type CallName,
  type CallParams,
  type CallResult,
  calls as callSchemas
} from '@ctrl-alt-play/protocol'
import { Value } from '@sinclair/typebox/value'
import {
  AgentRefused,
  InputStalled,
  NodeOffline,
  OutcomeUnknown,
  ServerNotRunning,
  Unavailable
} from '../errors.ts'
import type { Fence } from './commands.repo.ts'
import type { AgentWire } from './wire.ts'

/** A node that answers nothing must not gather callers. */
const MAX_OPEN_CALLS = 512

interface OpenCall {
  method: CallName
  serverId: string
  sentAt: number
  resolve(result: unknown): void
  reject(reason: Error): void
}

/** Questions on one session. They are never sent again: whoever asked decides. */
export interface Calls {
  call<K extends CallName>(method: K, params: CallParams<K>): Promise<CallResult<K>>
  answer(reply: AgentBody<'reply'>): void
  tick(nowMs: number): void
  /** The session is over: what is open may or may not have happened. */
  end(): void
}

export function createCalls(options: {
  fence: Fence
  wire: Pick<AgentWire, 'send'>
  timeoutMs: number
  now: () => number
}): Calls {
  const { fence, wire, timeoutMs, now } = options
  const open = new Map<string, OpenCall>()

  function take(id: string): OpenCall | undefined {
    const call = open.get(id)
    open.delete(id)
    return call
  }

  return {
    call(method, params) {
      if (open.size >= MAX_OPEN_CALLS) return Promise.reject(new Unavailable())
      const id = randomUUID()
      if (!wire.send('call', { epoch: fence.epoch, method, params }, id)) {
        return Promise.reject(new NodeOffline(fence.nodeId))
      }
      return new Promise((resolve, reject) => {
        const settle = resolve as (result: unknown) => void
        open.set(id, { method, serverId: params.serverId, sentAt: now(), resolve: settle, reject })
      })
    },
    answer(reply) {
      const call = take(reply.to)
      if (!call) return
      if (!reply.ok) return call.reject(refusal(call, reply))
      if (Value.Check(callSchemas[call.method].result, reply.result)) {
        return call.resolve(reply.result)
      }
      call.reject(new OutcomeUnknown())
    },
    tick(nowMs) {
      for (const [id, call] of open) {
        if (nowMs - call.sentAt >= timeoutMs) take(id)?.reject(new OutcomeUnknown())
      }
    },
    end() {
      for (const id of [...open.keys()]) take(id)?.reject(new OutcomeUnknown())
    }
  }
}

/** What stands in the way at the game is no fault of the node. */
function refusal(
  { serverId }: OpenCall,
  { code, message }: { code: string; message: string }
): Error {
  switch (code) {
    case 'NOT_RUNNING':
      return new ServerNotRunning(serverId)
    case 'INPUT_STALLED':
      return new InputStalled(serverId)
    default:
      return new AgentRefused(message)
  }
}
