import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { withComponents } from './openapi-components.ts'
import { operationOf } from './openapi-operation.ts'

const tags = [
  { name: 'agent', description: 'What machines ask for that are nodes, or become one.' },
  { name: 'alt-tags', description: 'What templates are found by.' },
  { name: 'alts', description: 'Alts, the templates of games.' },
  { name: 'api-keys', description: 'The API keys of who is logged in.' },
  { name: 'audit-logs', description: 'Who did what, and when.' },
  { name: 'auth', description: 'Logins, passwords, the second factor.' },
  { name: 'commands', description: 'Acts that nodes carry out, and their outcomes.' },
  { name: 'ctrls', description: 'Ctrls, the categories of games.' },
  { name: 'events', description: 'What changes, as it changes.' },
  { name: 'invitations', description: 'The invitations of who is logged in.' },
  { name: 'nodes', description: 'Machines that run game servers, and their ports.' },
  { name: 'panel', description: 'Whether the panel is well.' },
  { name: 'permissions', description: 'Everything that may be allowed.' },
  { name: 'roles', description: 'Roles and what they give.' },
  { name: 'servers', description: 'Game servers, their consoles and their members.' },
  { name: 'system', description: 'How the panel and its database are doing.' },
  { name: 'users', description: 'Users, their logins and single permissions.' }
]

/** The API's description, made from the routes' own schemas. */
export const openapi = fp<{ version: string }>(async (app: FastifyInstance, { version }) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Ctrl-Alt-Play',
        version,
        description: 'The API that the web pages use. Conventions: docs/architecture.md.',
        contact: { name: 'Whoever runs this panel' },
        license: { name: 'MIT', identifier: 'MIT' }
      },
      servers: [{ url: '/', description: 'This panel.' }],
      tags,
      components: {
        securitySchemes: {
          login: {
            type: 'apiKey',
            in: 'cookie',
            name: 'ctrl_alt_play_session',
            description: 'A login. Over HTTPS the name begins with `__Host-`.'
          },
          apiKey: { type: 'http', scheme: 'bearer', description: 'An API key: cap_…' }
        }
      }
    },
    refResolver: { buildLocalReference: (schema, _base, _fragment, at) => nameOf(schema, at) },
    transform: ({ schema, url, route }) => ({
      schema: {
        ...operationOf(schema ?? {}, url, route),
        hide: route.config?.isPage === true || url.startsWith('/api/docs')
      },
      url: url.length > 1 ? url.replace(/\/$/, '') : url
    }),
    transformObject: description =>
      'openapiObject' in description ? withComponents(description.openapiObject) : {}
  })
})

function nameOf({ $id }: Record<string, unknown>, at: number): string {
  return typeof $id === 'string' ? $id : `schema-${at}`
}
