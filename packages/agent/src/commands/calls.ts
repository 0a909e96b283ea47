import {
  type AgentBody,
  type CallHandlers,
  calls,
  isCallName,
  type PanelBody
} from '@ctrl-alt-play/protocol'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { DriverError } from '../runtime/driver-error.ts'

/** Answers one question of the panel, always and once: undefined for one that was heard before. */
export type AnswerCall = (
  id: string,
  call: PanelBody<'call'>
) => Promise<AgentBody<'reply'> | undefined>

const MOST_AT_ONCE = 256
const MOST_CHARACTERS = 2_000
/** The panel never asks twice; should a message come twice all the same, it has its effect once. */
const MOST_REMEMBERED = 1_000

const checks = new Map(
  Object.entries(calls).map(([name, { params }]) => [name, TypeCompiler.Compile(params)])
)

export function createCalls(handlers: CallHandlers): AnswerCall {
  const heard = new Set<string>()
  let open = 0

  function isNew(id: string): boolean {
    if (heard.has(id)) return false
    heard.add(id)
    for (const oldest of heard) {
      if (heard.size <= MOST_REMEMBERED) break
      heard.delete(oldest)
    }
    return true
  }

  return async (id, { method, params }) => {
    if (!isNew(id)) return undefined
    if (!isCallName(method)) return failure(id, 'UNKNOWN_CALL', `This agent knows no "${method}".`)
    if (!checks.get(method)?.Check(params))
      return failure(id, 'BAD_PARAMS', `${method}: not as it must be.`)
    if (open >= MOST_AT_ONCE) return failure(id, 'TOO_MANY', 'Too many calls wait on this node.')
    open++
    try {
      const handler = handlers[method] as (params: unknown) => Promise<unknown>
      return { to: id, ok: true, result: await handler(params) }
    } catch (err) {
      const code = err instanceof DriverError ? err.code : 'FAILED'
      return failure(id, code, err instanceof Error ? err.message : String(err))
    } finally {
      open--
    }
  }
}

function failure(to: string, code: string, message: string): AgentBody<'reply'> {
  return { to, ok: false, code, message: message.slice(0, MOST_CHARACTERS) }
}
