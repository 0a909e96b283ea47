import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { repository } from '../test/world/config.ts'
import { until } from '../test/world/until.ts'
import { createWorld, type World } from '../test/world/world.ts'
import { load } from './load.ts'
import { type Figure, figure, table } from './table.ts'
import { bareEcho, bareQuery } from './yardsticks.ts'

const SERVER_SQL = `
  SELECT s.*, n.name AS "nodeName", n.status AS "nodeStatus", a.name AS "altName", u.username,
    (SELECT json_agg(l) FROM "Allocation" l WHERE l."serverId" = s.id) AS allocations
  FROM "Server" s
  JOIN "Alt" a ON a.id = s."altId" JOIN "User" u ON u.id = s."ownerId"
  LEFT JOIN "Node" n ON n.id = s."nodeId"
  WHERE s.id = $1`

async function main(): Promise<void> {
  const teardowns: (() => unknown)[] = []
  try {
    const figures = await measure({ teardown: fn => teardowns.unshift(fn) })
    await publish(figures)
  } finally {
    for (const teardown of teardowns) await teardown()
  }
}

async function measure(t: { teardown(fn: () => unknown): unknown }): Promise<Figure[]> {
  const world = await createWorld(t)
  const started = performance.now()
  await world.stopPanel()
  const startBegan = performance.now()
  await world.startPanel()
  const startMs = performance.now() - startBegan
  say(`set up in ${Math.round(startBegan - started)} ms`)
  const agent = await world.addNode('bench')
  // A game that reads as fast as it is typed to: what is measured is the road, not the game.
  const altId = await world.addProbeAlt({
    startup: '/bin/busybox sh -c "exec cat > /dev/null"',
    done: []
  })
  const server = await world.addServer({ altId, nodeId: agent.nodeId })
  const path = `/api/v1/servers/${server.id}`
  await world.admin.post(`${path}/power`, { action: 'start' }, { prefer: 'wait=60' })

  const panelIdle = await settledRss(world.panelPid())
  const agentIdle = await settledRss(agent.pid())
  const fastifyIdle = await bareFastify(async pid => settledRss(pid))
  const nodeStart = await nodeStartMs()
  return [
    ...(await consoleInput(world, `${world.url}${path}/console`)),
    await readServer(world, path, server.id),
    figure('idle memory of the panel', 'MiB', panelIdle, 'bare Fastify', fastifyIdle),
    figure('idle memory of the agent, one game', 'MiB', agentIdle, 'bare Fastify', fastifyIdle),
    figure('panel start to ready, database there', 'ms', startMs, 'node -e 0', nodeStart)
  ]
}

async function consoleInput(world: World, url: string): Promise<Figure[]> {
  say('console input')
  const headers = { ...jsonHeaders, origin: world.url, cookie: world.admin.cookie() }
  const body = JSON.stringify({ command: 'hello' })
  const bare = await bareEcho()
  const target = { url, method: 'POST' as const, headers, body }
  const yardstick = {
    url: `${bare.url}/input`,
    method: 'POST' as const,
    headers: jsonHeaders,
    body
  }
  const [ours, theirs] = [await load(target, 50), await load(yardstick, 50)]
  const [oneOurs, oneTheirs] = [await load(target, 1), await load(yardstick, 1)]
  await bare.close()
  const name = 'bare Fastify → ws echo → answer'
  return [
    figure(
      'console input to stdin, 50 at a time',
      'calls/s',
      ours.perSecond,
      name,
      theirs.perSecond
    ),
    figure(
      'console input, one after the other, mean',
      'ms',
      1_000 / oneOurs.perSecond,
      name,
      1_000 / oneTheirs.perSecond
    )
  ]
}

async function readServer(world: World, path: string, serverId: string): Promise<Figure> {
  say('GET /servers/:id')
  const bare = await bareQuery(world.database.url, SERVER_SQL)
  const headers = { cookie: world.admin.cookie() }
  const ours = await load({ url: world.url + path, headers }, 50)
  const theirs = await load({ url: `${bare.url}/servers/${serverId}` }, 50)
  await bare.close()
  return figure(
    'GET /servers/:id, logged in',
    'requests/s',
    ours.perSecond,
    'bare Fastify, the same one statement by pg',
    theirs.perSecond
  )
}

const jsonHeaders = { 'content-type': 'application/json' }

/** Resident memory once it has stopped growing, in MiB. */
async function settledRss(pid: number): Promise<number> {
  let last = Number.POSITIVE_INFINITY
  return until(
    'memory is steady',
    () => {
      const now = rssMiB(pid)
      const steady = Math.abs(now - last) < 0.5
      last = now
      return steady && now
    },
    { everyMs: 1_000, deadlineMs: 20_000 }
  )
}

function rssMiB(pid: number): number {
  const [, kib] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) / 1_024
}

async function bareFastify<T>(use: (pid: number) => Promise<T>): Promise<T> {
  const program = `import Fastify from 'fastify'; const app = Fastify(); app.get('/', async () => ({})); await app.listen({ port: 0 })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: join(repository, 'packages/e2e'),
    stdio: 'ignore'
  })
  try {
    return await use(child.pid ?? 0)
  } finally {
    child.kill('SIGKILL')
  }
}

async function nodeStartMs(): Promise<number> {
  const began = performance.now()
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit')
  return performance.now() - began
}

async function publish(figures: Figure[]): Promise<void> {
  const text = table(figures)
  const machine = `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`
  say(text)
  await mkdir(join('/tmp/benchout', 'docs'), { recursive: true })
  await writeFile(
    join('/tmp/benchout', 'docs/performance.md'),
    [
      '# Performance',
      '',
      'The last run of `npm run bench`: each figure beside a yardstick from the same run on the same machine. For rates a higher ratio is better, for times and memory a lower one.',
      '',
      machine,
      '',
      text,
      ''
    ].join('\n')
  )
  await writeFile(
    join('/tmp/benchout', 'docs/performance.json'),
    `${JSON.stringify({ machine, figures }, null, 2)}\n`
  )
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

await main()
