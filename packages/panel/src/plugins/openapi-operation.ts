import type { TObject, TSchema } from '@sinclair/typebox'
import type { FastifySchema, RouteOptions } from 'fastify'

declare module 'fastify' {
  interface FastifySchema {
    /** What a WebSocket's two ends say: OpenAPI has no place of its own for it. */
    'x-websocket'?: { hears?: TSchema; says: TSchema }
  }
}

type Route = Pick<RouteOptions, 'method' | 'config' | 'websocket'>

/** What the description says of a route besides its own schemas. */
export function operationOf(schema: FastifySchema, url: string, route: Route) {
  const { produces, 'x-websocket': messages, ...rest } = schema
  return {
    ...rest,
    ...headersOf(schema, route),
    ...(messages && { 'x-websocket': pointersTo(messages) }),
    querystring: withoutDefaults(schema.querystring),
    operationId: operationIdOf(route, url),
    tags: [tagOf(url)],
    description: schema.description ?? accessOf(route.config ?? {}),
    security: securityOf(route.config ?? {}),
    response: responsesOf(schema.response, { mediaType: produces?.[0], isUpgrade: route.websocket })
  }
}

/** Out of the method and the path, so that no two are the same: GET /api/v1/nodes/:id is getNodesById. */
function operationIdOf({ method }: Route, url: string): string {
  const words = url
    .replace(/^\/api\/v1\//, '')
    .split('/')
    .flatMap(part => (part.startsWith(':') ? `by-${part.slice(1)}` : part))
    .join('-')
    .split(/[^A-Za-z0-9]+/)
    .filter(word => word !== '')
  const [verb = ''] = [method].flat()
  return verb.toLowerCase() + words.map(capitalized).join('')
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)

function tagOf(url: string): string {
  const [, area, , feature] = url.split('/')
  if (area === 'api' && feature) return feature
  return area === 'agent' ? 'agent' : 'panel'
}

type Access = NonNullable<RouteOptions['config']>

function accessOf({ permission, serverParam, somewhere, login, authenticated }: Access): string {
  if (permission && serverParam) return `Needs the permission \`${permission}\` on the server.`
  if (permission && somewhere) return `Needs the permission \`${permission}\` on some server.`
  if (permission) return `Needs the permission \`${permission}\`.`
  if (login) return 'Needs a login: no API key will do.'
  return authenticated ? 'Open to every login and API key.' : 'Open to all.'
}

function securityOf(access: Access): Record<string, []>[] {
  if (access.public) return []
  return access.login ? [{ login: [] }] : [{ login: [] }, { apiKey: [] }]
}

const mutating = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

function pointersTo(messages: Record<string, TSchema>) {
  const pointers = Object.entries(messages).map(([side, { $id }]) => [
    side,
    { $ref: `#/components/schemas/${$id}` }
  ])
  return Object.fromEntries(pointers)
}

/** Validated, what has a default is always there; whoever asks may leave it out. */
function withoutDefaults(querystring: unknown): unknown {
  if (typeof querystring !== 'object' || querystring === null) return querystring
  const { properties = {}, required = [] } = querystring as TObject
  const needed = required.filter(name => properties[name]?.default === undefined)
  return { ...querystring, required: needed }
}

/** For readers alone: the plugins that take the headers look at them themselves. */
function headersOf({ response }: FastifySchema, { method, config }: Route) {
  const isAct = [method].flat().some(name => mutating.has(name))
  const takesKey = isAct && !config?.public && !config?.withoutIdempotency
  const properties = {
    ...(takesKey && { 'idempotency-key': idempotencyKey }),
    ...(isAct && answersCommand(response) && { prefer })
  }
  return Object.keys(properties).length > 0 ? { headers: { type: 'object', properties } } : {}
}

const idempotencyKey = {
  type: 'string',
  minLength: 1,
  maxLength: 128,
  description: 'The same key again, within a day, gets the first answer and does nothing.'
}
const prefer = {
  type: 'string',
  description: '`wait=N` waits up to N seconds, 60 at most, for the outcome of the command.'
}

function answersCommand(response: unknown): boolean {
  return Object.values(response ?? {}).some(schema => schema?.properties?.command !== undefined)
}

interface AnswerKind {
  mediaType: string | undefined
  isUpgrade: boolean | undefined
}

function responsesOf(response: unknown, { mediaType, isUpgrade }: AnswerKind) {
  const opened = { 101: { type: 'null' } }
  const all: Record<string, object> = { ...(isUpgrade && opened), ...(response as object) }
  const described = Object.entries(all).map(([status, schema]) => {
    const text = 'description' in schema ? schema.description : words[status.toUpperCase()]
    const isOther = mediaType !== undefined && status.startsWith('2')
    const answer = isOther ? { content: { [mediaType]: { schema } } } : schema
    return [status, { ...answer, 'x-response-description': text }]
  })
  return Object.fromEntries(described)
}

const words: Record<string, string | undefined> = {
  101: 'The WebSocket is open.',
  200: 'Done: here it is.',
  201: 'Made: here it is.',
  202: 'Begun; it is not over yet.',
  204: 'Done; there is nothing to say.',
  503: 'Not just now.',
  '4XX': 'Refused: the code says why.',
  '5XX': 'The panel, the database or the node failed.'
}
