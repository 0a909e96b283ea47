import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
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
    transform: ({ schema, url, route }) => ({
      schema: { ...schema, tags: tagsOf(url), ...accessOf(route.config), hide: isHidden(url) },
      url
    })
  })
  await app.register(swaggerUi, { routePrefix: '/api/docs', staticCSP: PAGE_POLICY })
})

function tagsOf(url: string): string[] {
  const [, area, , feature] = url.split('/')
  if (area === 'api' && feature) return [feature]
  return ['panel']
}

/** What agents speak is in docs/protocol.md. */
function isHidden(url: string): boolean {
  return url.startsWith('/agent/')
}

function accessOf(config: { permission?: string; public?: true } | undefined) {
  if (config?.public) return { security: [] }
  if (!config?.permission) return {}
  return { description: `Needs the permission \`${config.permission}\`.` }
}
