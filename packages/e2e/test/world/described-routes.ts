import type { Json } from './api.ts'
import type { Schema } from './invalid-input.ts'

/** A route of the panel, as the panel itself describes it. */
export interface Route {
  method: string
  /** With its parameters in braces: /api/v1/nodes/{id}. */
  url: string
  query: Record<string, Schema>
  body?: Schema
  isSocket: boolean
  isPublic: boolean
  takesIdempotencyKey: boolean
}

export interface Description {
  routes: Route[]
  /** Schemas with a name: what is said on WebSockets. */
  schemas: Record<string, Schema>
}

/** The whole of the panel's surface, but for the pages that show this very description. */
export async function describedBy(url: string): Promise<Description> {
  const response = await fetch(`${url}/api/docs/json`)
  return describedIn(await response.json())
}

export function describedIn(description: Json): Description {
  const routes = Object.entries<Json>(description.paths).flatMap(([path, acts]) =>
    Object.entries<Json>(acts).map(([method, act]) => routeOf(method, path, act))
  )
  return { routes, schemas: description.components.schemas }
}

function routeOf(method: string, url: string, act: Json): Route {
  const parameters: Json[] = act.parameters ?? []
  const query = parameters.filter(({ in: place }) => place === 'query')
  const body = act.requestBody?.content['application/json'].schema
  return {
    method: method.toUpperCase(),
    url,
    query: Object.fromEntries(query.map(({ name, schema }) => [name, schema])),
    ...(body && { body }),
    isSocket: act.responses['101'] !== undefined,
    isPublic: act.security?.length === 0,
    takesIdempotencyKey: parameters.some(({ name }) => name === 'idempotency-key')
  }
}
