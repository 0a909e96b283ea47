import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ConsoleLine, encodeLines, wireLengthOf } from '@ctrl-alt-play/protocol'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { addBareServers } from '../../test/world/bare-servers.ts'
import { repository } from '../../test/world/config.ts'
import { createWorld, type World } from '../../test/world/world.ts'
import type { Row } from '../row.ts'
import type { Figure } from '../table.ts'

const SECONDS = 8
const SERVERS = 64
const NODES = 8
/** As large as the panel's own batches of consoles. */
const CHUNKS_IN_BATCH = 128
const LINES_IN_CHUNK = 145
const LINE_BYTES = 100
const SAMPLES_IN_BATCH = 10_000

interface Placed {
  serverId: string
  nodeId: string
}

interface Modules {
  createConsoleRepo(pool: pg.Pool): { append(growths: unknown[]): Promise<string[]> }
  writeSamples(pool: pg.Pool, samples: unknown): Promise<void>
}

/** What the panel writes most of, straight through its own repositories, beside PostgreSQL's fastest way in. */
export const logInsert: Row = {
  name: 'log-insert',
  about: 'console lines and samples of resources into the database, as fast as they go',
  async measure(t) {
    const world = await createWorld(t)
    const servers = await addServers(world)
    await world.stopPanel()
    const pool = new pg.Pool({ connectionString: world.database.url, max: 2 })
    t.teardown(() => pool.end())
    const modules = await panelModules()
    return [await consoles(pool, modules, servers), await samples(pool, modules)]
  }
}

async function consoles(
  pool: pg.Pool,
  { createConsoleRepo }: Modules,
  servers: Placed[]
): Promise<Figure> {
  const repo = createConsoleRepo(pool)
  const lines = someLines()
  const data = encodeLines(lines)
  const bytes = lines.reduce((sum, line) => sum + wireLengthOf(line), 0)
  let position = 0
  const next = () => {
    const of = CHUNKS_IN_BATCH / SERVERS
    const growths = servers.map(server => ({
      ...{ ...server, epoch: 0, from: position },
      chunks: Array.from({ length: of }, (_, index) => ({
        ...{ start: position + index * bytes, end: position + (index + 1) * bytes },
        ...{ gapBefore: 0, lines }
      }))
    }))
    position += of * bytes
    return growths
  }
  const ours = await rate(async () => {
    const growths = next()
    const grown = await repo.append(growths)
    if (grown.length !== SERVERS) throw new Error(`${grown.length} of ${SERVERS} consoles grew`)
    return CHUNKS_IN_BATCH * LINES_IN_CHUNK
  })
  await pool.query('CREATE TABLE "BenchLog" (LIKE "ServerLog" INCLUDING ALL)')
  const hex = `\\\\x${data.toString('hex')}`
  const into = '"BenchLog" (id, "serverId", kind, start, "end", at, data)'
  const copied = await rate(async () => {
    const rows = next().flatMap(({ serverId, chunks }) =>
      chunks.map(({ start, end }) =>
        [randomUUID(), serverId, 'CONSOLE', start, end, '2026-01-01T00:00:00Z', hex].join('\t')
      )
    )
    await copy(pool, into, rows)
    return CHUNKS_IN_BATCH * LINES_IN_CHUNK
  })
  return figure('console lines of 100 bytes stored', ours, copied)
}

async function samples(pool: pg.Pool, { writeSamples }: Modules): Promise<Figure> {
  const ids = Array.from({ length: SAMPLES_IN_BATCH }, () => randomUUID())
  const resources = {
    ...{ cpuPercent: 12.5, memoryUsedMiB: 2_048, diskUsedMiB: 10_240 },
    ...{ networkRxBytes: 123_456_789, networkTxBytes: 987_654_321 }
  }
  const nodes = new Map(ids.map(id => [id, resources]))
  const ours = await rate(async () => {
    await writeSamples(pool, { servers: [], nodes })
    return SAMPLES_IN_BATCH
  })
  await pool.query('CREATE TABLE "BenchSample" (LIKE "MetricSample" INCLUDING ALL)')
  const copied = await rate(async () => {
    const at = new Date().toISOString()
    const rest = ['12.5', '2048', '10240', '123456789', '987654321']
    const rows = ids.map(id => ['NODE', id, at, ...rest].join('\t'))
    await copy(pool, '"BenchSample"', rows)
    return SAMPLES_IN_BATCH
  })
  return figure('samples of resources stored', ours, copied)
}

function figure(what: string, ours: number, copied: number): Figure {
  return {
    ...{ what, unit: 'a second', ours },
    yardstick: { name: 'COPY', figure: copied },
    target: { of: 'ratio', atLeast: 0.5 }
  }
}

/** One batch after the other, in one connection. */
async function rate(batch: () => Promise<number>): Promise<number> {
  await batch()
  const began = performance.now()
  let done = 0
  while (performance.now() - began < SECONDS * 1_000) done += await batch()
  return (done * 1_000) / (performance.now() - began)
}

async function copy(pool: pg.Pool, into: string, rows: string[]): Promise<void> {
  const client = await pool.connect()
  try {
    const stream = client.query(copyFrom(`COPY ${into} FROM STDIN`))
    const ended = new Promise((resolve, reject) => {
      stream.once('finish', resolve)
      stream.once('error', reject)
    })
    stream.end(`${rows.join('\n')}\n`)
    await ended
  } finally {
    client.release()
  }
}

function someLines(): ConsoleLine[] {
  return Array.from({ length: LINES_IN_CHUNK }, (_, index) => ({
    ...{ atMs: 1_790_000_000_000 + index, stream: 'stdout' as const, continued: false },
    text: Buffer.from(
      `[12:34:56] [Server thread/INFO]: Player${index} moved to ${Math.sin(index).toString(36)} `
        .padEnd(LINE_BYTES - 1, `world_${index} `)
        .slice(0, LINE_BYTES - 1)
    )
  }))
}

/** Servers and their nodes that are nothing but rows. */
async function addServers(world: World): Promise<Placed[]> {
  const nodes = await world.database.query(
    `INSERT INTO "Node" (id, name, status) SELECT gen_random_uuid(), 'node ' || n, 'ONLINE'
       FROM generate_series(1, $1) n RETURNING id`,
    [NODES]
  )
  const nodeIds = Array.from({ length: SERVERS }, (_, index) => String(nodes[index % NODES]?.id))
  const serverIds = await addBareServers(world, await world.addProbeAlt(), nodeIds)
  return serverIds.map((serverId, index) => ({ serverId, nodeId: nodeIds[index] ?? '' }))
}

async function panelModules(): Promise<Modules> {
  const from = (name: string) =>
    import(pathToFileURL(join(repository, 'packages/panel/dist/agents', name)).href)
  return { ...(await from('console.repo.js')), ...(await from('metrics.repo.js')) }
}
