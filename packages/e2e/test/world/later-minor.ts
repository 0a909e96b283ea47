import type { Json } from './api.ts'
import type { Direction } from './link-proxy.ts'
import { isText, payloadOf, textFrame } from './websocket-frames.ts'

/** Said before a session stands: nothing may come between them. */
const handshake = new Set(['challenge', 'auth', 'welcome'])
/** Their keys are a game's, not ours. */
const foreign = new Set(['environment'])

/**
 * The message as a later minor release would say it: with fields that nobody knows yet in each of its objects, and
 * behind a message that may be ignored.
 */
export function asLaterMinor(direction: Direction, frame: Buffer): Buffer[] {
  if (!isText(frame)) return [frame]
  const message = JSON.parse(payloadOf(frame).toString('utf8'))
  const said = (text: Json) => textFrame(JSON.stringify(text), direction === 'toPanel')
  const richer = said(withMore(message))
  if (handshake.has(message.type)) return [richer]
  const optional = { v: 1, id: 'later', type: 'later.news', must: false, body: { a: [1] } }
  return [said(optional), richer]
}

function withMore(value: Json): Json {
  if (Array.isArray(value)) return value.map(withMore)
  if (value === null || typeof value !== 'object') return value
  const richer = Object.entries(value).map(([key, field]) => [
    key,
    foreign.has(key) ? field : withMore(field)
  ])
  return { ...Object.fromEntries(richer), laterText: 'later', laterList: [{ later: null }] }
}
