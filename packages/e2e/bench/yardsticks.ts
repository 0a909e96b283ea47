import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Fastify from 'fastify'
import pg from 'pg'

export interface Yardstick {
  url: string
  close(): Promise<void>
}

/**
 * The least that an input call can cost: Fastify, a frame to a socket's other end, its echo, the answer.
 * Three processes as ours are: load, panel and agent.
 */
export async function bareEcho(): Promise<Yardstick> {
  const panel = forked('bare-panel.ts')
  const [{ url }] = (await once(panel, 'message')) as [{ url: string }]
  const agent = forked('bare-agent.ts', url)
  await once(agent, 'message')
  return {
    url,
    async close() {
      agent.kill('SIGKILL')
      panel.kill('SIGKILL')
    }
  }
}

function forked(file: string, ...args: string[]): ChildProcess {
  return fork(join(dirname(fileURLToPath(import.meta.url)), file), args)
}

/** The least that reading a server can cost: bare Fastify and one statement. */
export async function bareQuery(databaseUrl: string, sql: string): Promise<Yardstick> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 })
  const app = Fastify()
  app.get<{ Params: { id: string } }>('/servers/:id', async request => {
    const { rows } = await pool.query({ name: 'server', text: sql, values: [request.params.id] })
    return rows[0]
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    url,
    async close() {
      await app.close()
      await pool.end()
    }
  }
}
