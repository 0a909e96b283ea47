import type {} from '@fastify/websocket'
import type { TSchema } from '@sinclair/typebox'
import type {
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
  RouteOptions
} from 'fastify'
import fp from 'fastify-plugin'
import { UpgradeRequired, validationFailed } from '../errors.ts'
import { ErrorBody } from './conventions.ts'

/** Pages of the API's description; they belong to a library and show nothing but the description. */
const DOCS = '/api/docs'

/**
 * What holds for every route, checked or added while it is registered: it says who may call it, refuses
 * properties that its schemas do not name, and answers only what its schemas say.
 */
export const routeRules = fp(async (app: FastifyInstance) => {
  app.addHook('onRoute', route => {
    if (route.url.startsWith(DOCS)) return
    route.config = { ...route.config }
    checkAccess(route)
    route.schema = strictSchema(route)
    if (route.websocket) route.preHandler = [route.preHandler ?? [], refuseWithoutUpgrade].flat()
  })

  app.addHook('preValidation', async request => {
    const { body, routeOptions } = request
    const field = placeOfUntold(body, 'body') ?? placeOfUntold(request.query, 'query')
    if (field) throw validationFailed([{ field, message: untoldWords }])
    if (!routeOptions.schema?.body && !isEmpty(body)) {
      throw validationFailed([{ field: 'body', message: 'must be empty: this route takes none' }])
    }
  })
})

/** The plugin itself would say 404, and nothing else. */
async function refuseWithoutUpgrade(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (request.ws) return
  reply.header('upgrade', 'websocket')
  throw new UpgradeRequired()
}

const accessKeys = ['permission', 'authenticated', 'login', 'public'] as const

function checkAccess(route: RouteOptions): void {
  const name = `${route.method} ${route.url}`
  const config = route.config ?? {}
  const given = accessKeys.filter(key => config[key] !== undefined)
  if (given.length !== 1) {
    throw new Error(`${name} must say who may call it, by one of ${accessKeys.join(', ')}`)
  }
  const needsServer = /\/servers\/:/.test(route.url)
  if (needsServer && !config.serverParam) {
    throw new Error(`${name} is about a server: config.serverParam must name its path parameter`)
  }
  if (config.serverParam && !(config.permission && route.url.includes(`:${config.serverParam}`))) {
    throw new Error(`${name} needs a permission and the path parameter ${config.serverParam}`)
  }
}

function strictSchema(route: RouteOptions): FastifySchema {
  const name = `${route.method} ${route.url}`
  const schema = { ...route.schema }
  // Downloads outside of the API are files, not answers.
  if (route.url.startsWith('/api/') && !route.websocket && !hasAnswer(schema.response)) {
    throw new Error(`${name} must have a schema for what it answers`)
  }
  if (schema.body) schema.body = strict(schema.body as TSchema, name)
  schema.querystring = strict(
    (schema.querystring ?? { type: 'object', properties: {} }) as TSchema,
    name
  )
  schema.response = { '4xx': ErrorBody, '5xx': ErrorBody, ...(schema.response as object) }
  return schema
}

function hasAnswer(response: unknown): boolean {
  return typeof response === 'object' && response !== null && Object.keys(response).length > 0
}

/** The same schema with "and nothing else" for every object that does not say it. */
function strict<T>(schema: T, name: string): T {
  if (Array.isArray(schema)) return schema.map(part => strict(part, name)) as T
  if (typeof schema !== 'object' || schema === null) return schema
  if ('allOf' in schema) throw new Error(`${name}: compose its schema with Type.Composite`)
  const parts = Object.entries(schema).map(([key, part]) => [
    key,
    key === 'properties'
      ? mapValues(part, value => strict(value, name))
      : strictPart(key, part, name)
  ])
  const copy = Object.fromEntries(parts)
  const isOpen = copy.type === 'object' && copy.additionalProperties === undefined
  return isOpen ? { ...copy, additionalProperties: false } : copy
}

const schemaKeys = new Set(['items', 'anyOf', 'oneOf', 'patternProperties', 'additionalProperties'])

function strictPart(key: string, part: unknown, name: string): unknown {
  if (key === 'patternProperties') {
    return mapValues(part as Record<string, unknown>, value => strict(value, name))
  }
  return schemaKeys.has(key) ? strict(part, name) : part
}

function mapValues<V>(record: Record<string, V>, change: (value: V) => V): Record<string, V> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}

/** PostgreSQL has no place for NUL in a text, UTF-8 none for half a pair, and nobody means them. */
const untold = /[\0\p{Surrogate}]/u
const untoldWords = 'must not contain the character NUL, or half a surrogate pair'

function placeOfUntold(value: unknown, place: string): string | undefined {
  if (typeof value === 'string') return untold.test(value) ? place : undefined
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, part] of Object.entries(value)) {
    const found = untold.test(key) ? place : placeOfUntold(part, `${place}.${key}`)
    if (found) return found
  }
  return undefined
}

function isEmpty(body: unknown): boolean {
  if (body === undefined || body === null) return true
  return typeof body === 'object' && Object.keys(body).length === 0
}
