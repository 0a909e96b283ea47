import { describedBy, type Route } from '../test/world/described-routes.ts'
import { example } from '../test/world/invalid-input.ts'

/** One place of a request where a judge may write. */
export interface Input {
  /** path.id, query.limit, body.machine.hostname */
  name: string
  value: string | number | boolean
}

/** A request that the API's own description says works, with real ids in it. */
export interface Operation {
  /** PATCH /api/v1/nodes/{id} */
  name: string
  method: string
  url: string
  isPublic: boolean
  inputs: Input[]
  /** What the body's inputs are put into. */
  body: unknown
}

/** What only who knows the product can say of its routes. */
export interface Samples {
  /** A real thing of this collection, for the parameter of this route. */
  id(collection: string, route: Route): string
  query(name: string, route: Route): Input['value'] | undefined
  /** Undefined: what the schema alone says. */
  body(route: Route): unknown
}

const idPlace = /\/([a-z-]+)\/\{(\w+)\}/g
const passedOn = /\{(\w+)\}/g

/** All that can be asked over HTTP; what destroys comes last, the innermost first. WebSockets are left out. */
export async function operationsOf(url: string, samples: Samples): Promise<Operation[]> {
  const { routes } = await describedBy(url)
  const asked = routes.filter(route => !route.isSocket)
  return asked.map(route => operationOf(route, samples)).sort((a, b) => orderOf(a) - orderOf(b))
}

function operationOf(route: Route, samples: Samples): Operation {
  const { method, url, isPublic } = route
  const path = [...url.matchAll(idPlace)].map(([, collection = '', name]) => ({
    name: `path.${name}`,
    value: samples.id(collection, route)
  }))
  const query = Object.keys(route.query).flatMap(name => {
    const value = samples.query(name, route)
    return value === undefined ? [] : [{ name: `query.${name}`, value }]
  })
  const body = route.body && (samples.body(route) ?? example(route.body))
  const inputs = [...path, ...query, ...leavesOf(body, 'body')]
  return { name: `${method} ${url}`, method, url, isPublic, inputs, body }
}

function leavesOf(value: unknown, name: string): Input[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, part]) => leavesOf(part, `${name}.${key}`))
  }
  return isScalar(value) ? [{ name, value }] : []
}

function isScalar(value: unknown): value is Input['value'] {
  return ['string', 'number', 'boolean'].includes(typeof value)
}

const fatal = /\/(revoke|declare-lost|logout|accept|decline|reinstall|auth\/password)$/

export function isFatal({ method, url }: Pick<Operation, 'method' | 'url'>): boolean {
  return method === 'DELETE' || fatal.test(url)
}

/** Who does it asks nothing more with this login. */
const endsLogin = /\/auth\/(logout|password|sessions)$/

function orderOf(operation: Operation): number {
  if (!isFatal(operation)) return 0
  if (endsLogin.test(operation.url)) return 200
  return 100 - operation.url.split('/').length
}

/** The request with these texts in its inputs; `text` gives the JSON of a body's value. */
export function requestOf(
  operation: Operation,
  textOf: (input: Input) => string
): { method: string; path: string; body: unknown } {
  const texts = new Map(operation.inputs.map(input => [input.name, textOf(input)]))
  const path = operation.url.replace(passedOn, (_, name: string) =>
    encodeURIComponent(texts.get(`path.${name}`) ?? '')
  )
  const query = [...texts]
    .filter(([name]) => name.startsWith('query.'))
    .map(([name, text]) => `${name.slice('query.'.length)}=${encodeURIComponent(text)}`)
  const body = structuredClone(operation.body)
  for (const input of operation.inputs) {
    const [place, ...keys] = input.name.split('.')
    if (place === 'body') put(body, keys, typed(texts.get(input.name) ?? '', input.value))
  }
  const asked = query.length > 0 ? `${path}?${query.join('&')}` : path
  return { method: operation.method, path: asked, body }
}

function put(into: unknown, [key = '', ...rest]: string[], value: unknown): void {
  const at = into as Record<string, unknown>
  if (rest.length === 0) at[key] = value
  else put(at[key], rest, value)
}

/** A number stays one as long as it reads like one: what a judge makes of it goes as text. */
function typed(text: string, was: Input['value']): Input['value'] {
  if (typeof was === 'boolean' && text === String(was)) return was
  if (typeof was === 'number' && /^-?\d{1,15}$/.test(text)) return Number(text)
  return text
}
