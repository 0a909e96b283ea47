import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { Pool } from 'pg'
import type { Teardown } from '../test/world/world.ts'
import type { Samples } from './operations.ts'

/** What a judge must hold against the weak server, or it is no judge. */
export interface Weakness {
  where: string
  parameter: string
  kind: RegExp
}

export const weaknesses: Record<'wapiti' | 'sqlmap', Weakness[]> = {
  wapiti: [
    { where: 'GET /hello', parameter: 'query.name', kind: /cross site scripting/i },
    { where: 'POST /greetings', parameter: 'body.guest.name', kind: /cross site scripting/i },
    { where: 'POST /fetches', parameter: 'body.url', kind: /request forgery/i }
  ],
  sqlmap: [
    { where: 'GET /guests/{id}', parameter: '#1*', kind: /SQL/ },
    { where: 'POST /searches', parameter: 'JSON #1*', kind: /SQL/ }
  ]
}

const name = { type: 'string', maxLength: 1_000 }
const object = (properties: object) => ({
  ...{ type: 'object', required: Object.keys(properties), properties }
})

/** Everything is wrong with it: texts are put into pages and into SQL as they come. */
export async function startWeakServer(t: Teardown, databaseUrl: string): Promise<string> {
  const database = new Pool({ connectionString: databaseUrl, max: 5 })
  await database.query('CREATE TABLE weak_guest (id text, name text)')
  await database.query(`INSERT INTO weak_guest VALUES ('7', 'Ada'), ('8', 'Grace')`)
  const app = Fastify()
  t.teardown(async () => {
    await app.close()
    await database.end()
  })
  const pageFor = (who: string) => `<html><body><p>Hello ${who}</p></body></html>`

  app.get<{ Querystring: { name: string } }>('/hello', async (request, reply) => {
    reply.type('text/html')
    return pageFor(request.query.name)
  })
  app.post<{ Body: { guest: { name: string } } }>(
    '/greetings',
    { schema: { body: object({ guest: object({ name }) }) } },
    async (request, reply) => {
      reply.type('text/html')
      return pageFor(request.body.guest.name)
    }
  )
  app.post<{ Body: { url: string } }>('/fetches', async ({ body }) => {
    if (body.url.startsWith('http://127.0.0.1:')) await fetch(body.url)
    return {}
  })
  app.get<{ Params: { id: string } }>('/guests/:id', async ({ params }) => {
    const sql = `SELECT id, name FROM weak_guest WHERE id = '${params.id}'`
    return (await database.query(sql)).rows
  })
  app.post<{ Body: { name: string } }>('/searches', async ({ body }) => {
    const sql = `SELECT id, name FROM weak_guest WHERE name = '${body.name}'`
    return (await database.query(sql)).rows
  })
  app.get('/api/docs/json', async () => description)

  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}

const answers = { responses: { 200: {} } }
const takes = (properties: object) => ({
  ...answers,
  requestBody: { content: { 'application/json': { schema: object(properties) } } }
})

const description = {
  components: {},
  paths: {
    '/hello': {
      get: { ...answers, parameters: [{ in: 'query', name: 'name', schema: name }] }
    },
    '/greetings': { post: takes({ guest: object({ name }) }) },
    '/fetches': { post: takes({ url: name }) },
    '/guests/{id}': { get: answers },
    '/searches': { post: takes({ name }) }
  }
}

export const weakSamples: Samples = {
  id: () => '7',
  query: () => 'Ada',
  body: ({ url }) => (url === '/searches' ? { name: 'Ada' } : undefined)
}
