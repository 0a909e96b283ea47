import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'

// The page sets styles on its elements; its scripts are files of ours.
const PAGE_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"

/** The API's description, made from the routes' own schemas, and its page. */
export const openapi = fp<{ version: string }>(async (app: FastifyInstance, { version }) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ctrl-Alt-Play',
        version,
        description: 'The API that the web pages use. Conventions: docs/architecture.md.'
      },
      components: {
        securitySchemes: {
          login: { type: 'apiKey', in: 'cookie', name: 'ctrl_alt_play_session' },
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: cap_…' }
        }
      },
      security: [{ login: [] }, { apiKey: [] }]
    },
    refResolver: { buildLocalReference: (schema, _base, _fragment, at) => nameOf(schema, at) },
    transform: ({ schema, url, route }) => ({
      schema: {
        ...schema,
        ...headersOf(route),
        ...upgradeOf(route, schema),
        tags: tagsOf(url),
        ...accessOf(route.config),
        hide: url.startsWith('/api/docs')
      },
      url: url.length > 1 ? url.replace(/\/$/, '') : url
    })
  })
  await app.register(swaggerUi, { routePrefix: '/api/docs', staticCSP: PAGE_POLICY })
})

function tagsOf(url: string): string[] {
  const [, area, , feature] = url.split('/')
  if (area === 'api' && feature) return [feature]
  return [area === 'agent' ? 'agent' : 'panel']
}

function nameOf({ $id }: Record<string, unknown>, at: number): string {
  return typeof $id === 'string' ? $id : `schema-${at}`
}

/** A WebSocket answers with its opening, or with an error. */
function upgradeOf({ websocket }: Pick<RouteOptions, 'websocket'>, schema: FastifySchema) {
  if (!websocket) return {}
  const opened = { description: 'The WebSocket is open', type: 'null' }
  return { response: { 101: opened, ...(schema?.response as object) } }
}

const mutating = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** For readers alone: the plugin that takes the header looks at it itself. */
function headersOf({ method, config }: Pick<RouteOptions, 'method' | 'config'>) {
  const isAct = [method].flat().some(name => mutating.has(name))
  if (!isAct || config?.public || config?.withoutIdempotency) return {}
  const description = 'The same key again, within a day, gets the first answer and does nothing.'
  const key = { type: 'string', minLength: 1, maxLength: 128, description }
  return { headers: { type: 'object', properties: { 'idempotency-key': key } } }
}

function accessOf(config: { permission?: string; public?: true } | undefined) {
  if (config?.public) return { security: [] }
  if (!config?.permission) return {}
  return { description: `Needs the permission \`${config.permission}\`.` }
}
