import Fastify from 'fastify'
import pg from 'pg'

/** Fastify, pg and nothing else: the least that reading and writing the same rows can cost. */
const [databaseUrl = ''] = process.argv.slice(2)
const POOL = 10
const pool = new pg.Pool({ connectionString: databaseUrl, max: POOL })
const app = Fastify()

const select = `
  SELECT s.*, n.name AS "nodeName", n.status AS "nodeStatus", a.name AS "altName", u.username,
    (SELECT json_agg(l) FROM "Allocation" l WHERE l."serverId" = s.id) AS allocations
  FROM "Server" s
  JOIN "Alt" a ON a.id = s."altId" JOIN "User" u ON u.id = s."ownerId"
  LEFT JOIN "Node" n ON n.id = s."nodeId"`

app.get<{ Params: { id: string } }>('/servers/:id', async request => {
  const text = `${select} WHERE s.id = $1`
  const { rows } = await pool.query({ name: 'server', text, values: [request.params.id] })
  return rows[0]
})

app.get<{ Querystring: { limit: string } }>('/servers', async request => {
  const text = `${select} ORDER BY s.name, s.id LIMIT $1`
  const { rows } = await pool.query({ name: 'servers', text, values: [request.query.limit] })
  return { data: rows }
})

await pool.query('CREATE TABLE IF NOT EXISTS "BenchCommand" (LIKE "Command" INCLUDING ALL)')

/** A row that is written and later gets its end, as a command is and does. */
app.post<{ Body: { seconds: number; atOnce: number } }>('/commands', async ({ body }) => {
  const end = performance.now() + body.seconds * 1_000
  let done = 0
  const one = async () => {
    while (performance.now() < end) {
      const inserted = await pool.query<{ id: string }>({
        name: 'insert',
        text: `INSERT INTO "BenchCommand" ("id", "nodeId", "serverId", "lane", "kind", "payload", "payloadHash", "ttlMs")
          VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'power', 'start', $1, $2, 60000) RETURNING "id"`,
        values: ['{"desired":"RUNNING","generation":1,"restartSeq":1}', 'a'.repeat(43)]
      })
      await pool.query({
        name: 'update',
        text: `UPDATE "BenchCommand" SET "status" = 'SUCCEEDED', "finishedAt" = now(), "result" = $2 WHERE "id" = $1`,
        values: [inserted.rows[0]?.id, '{"containerId":"0"}']
      })
      done++
    }
  }
  await Promise.all(Array.from({ length: body.atOnce }, one))
  return { done }
})

process.send?.({ url: await app.listen({ port: 0, host: '127.0.0.1' }) })
