import { createHash, randomBytes, randomUUID } from 'node:crypto'
import t from 'tap'
import { WebSocket } from 'ws'
import { rssMiBOf, watchRss } from '../bench/processes.ts'
import { type Json, login, type Person } from './world/api.ts'
import {
  type ConsoleRecord,
  misfits,
  seenBy,
  storedConsole,
  unmarked
} from './world/console-record.ts'
import { FIRST_NUMBER, floodBytes, floodScript, startScriptGame } from './world/flood-game.ts'
import { act, ledgerOf } from './world/servers.ts'
import { until } from './world/until.ts'
import { createWorld, type Teardown, type World } from './world/world.ts'

const PASSWORD = 'correct horse battery staple'
const REVOKED_WITHIN_MS = 5_000
const FAST_VIEWERS = 50
const LAG_MS = 1_000
/** Each of two games. More than that and two cores are all the games'. */
const TORRENT = { linesPerSecond: 20_000, lineBytes: 100 }
/** More than all buffers between the panel and a reader hold. */
const BEYOND_BUFFERS_BYTES = 16 * 2 ** 20

t.test('row 30, sixty 50: two floods of 20,000 lines/s, 51 readers and a stalled one', async t => {
  const world = await createWorld(t)
  const agent = await world.addNode('alpha')
  const script = floodScript(TORRENT)
  const gentle = floodScript({ linesPerSecond: 1_000 })
  const watched = await startScriptGame(world, agent, gentle)
  const panelBefore = rssMiBOf(world.panelPid())
  const memory = { panel: watchRss(world.panelPid()), agent: watchRss(agent.pid()) }
  t.teardown(() => [memory.panel.stop(), memory.agent.stop()])

  const path = `/servers/${watched.id}/console`
  const fast = await Promise.all(
    Array.from({ length: FAST_VIEWERS }, () => openViewer(t, world, path))
  )
  const torrent = await startScriptGame(world, agent, script)
  const unwatched = await startScriptGame(world, agent, script)
  const slow = await openViewer(t, world, `/servers/${torrent.id}/console`)
  const besideSlow = await openViewer(t, world, `/servers/${torrent.id}/console`)
  await until('all see lines', () =>
    [...fast, slow, besideSlow].every(viewer => seenBy(viewer.received).lines.length > 0)
  )
  slow.socket.pause()
  const lagsBefore = fast.map(viewer => viewer.lagsMs().length)
  const printedFrom = await floodBytes(agent, torrent.id)
  const readFrom = besideSlow.bytes()
  await until(
    'much more was printed than anybody keeps',
    () => besideSlow.bytes() - readFrom > BEYOND_BUFFERS_BYTES,
    { deadlineMs: 60_000 }
  )
  const printed = (await floodBytes(agent, torrent.id)) - printedFrom
  t.ok(printed > 1_000_000, `the torrent printed ${Math.round(printed / 1e4) / 100} MB meanwhile`)
  const [panelMiB, agentMiB] = [memory.panel.stop(), memory.agent.stop()]
  t.ok(panelMiB < panelBefore + 200, `panel at most ${panelMiB} MiB, ${panelBefore} before`)
  t.ok(agentMiB < 300, `agent at most ${agentMiB} MiB`)
  const lags = fast.flatMap((viewer, at) => viewer.lagsMs().slice(lagsBefore[at]))
  slow.socket.resume()
  await until('the slow one has its gap or was sent away', () => {
    const isGone = slow.socket.readyState === WebSocket.CLOSED
    return isGone || seenBy(slow.received).gaps.length > 0
  })

  lags.sort((a, b) => a - b)
  const [median, worst = Number.POSITIVE_INFINITY] = [lags[lags.length >> 1], lags.at(-1)]
  t.ok(lags.length > FAST_VIEWERS * 20, 'they saw it live')
  t.ok(worst < LAG_MS, `their lag: half of it ${median} ms, at most ${worst} ms`)
  for (const viewer of [...fast, slow, besideSlow]) {
    const seen = seenBy(viewer.received)
    t.strictSame(misfits(seen).slice(0, 3), [], 'bytes and gaps add up to the positions')
    t.strictSame(unmarked(seen).slice(0, 3), [], 'no line is missing without a gap')
  }
  // The torrent may outrun what the engine keeps of a log: how much that was nobody can know.
  for (const viewer of fast) {
    const placed = misplaced(seenBy(viewer.received))
    t.strictSame(placed.slice(0, 3), [], 'each line stands where the game printed it')
  }
  const typed = await world.admin.request('POST', `/api/v1${path}`, { command: 'still here' })
  t.equal(typed.status, 204)
  await until('it was typed', async () =>
    (await ledgerOf(agent, watched.id)).includes('input still here')
  )
  for (const server of [watched, torrent, unwatched]) await act(world.admin, server.id, 'kill')
})

t.test('row 31, sixty 58: a line of 64 MiB, bytes of every kind, terminal bombs', async t => {
  const world = await createWorld(t)
  const agent = await world.addNode('alpha')
  const server = await startScriptGame(world, agent, BOMBS)
  const [panelBefore, agentBefore] = [rssMiBOf(world.panelPid()), rssMiBOf(agent.pid())]
  const viewer = await openViewer(t, world, `/servers/${server.id}/console`)
  const memory = { panel: watchRss(world.panelPid()), agent: watchRss(agent.pid()) }
  t.teardown(() => [memory.panel.stop(), memory.agent.stop()])
  const send = () =>
    world.admin.request('POST', `/api/v1/servers/${server.id}/console`, { command: 'go' })
  t.equal((await send()).status, 204)
  await until(
    'the last line is seen',
    () => seenBy(viewer.received).lines.some(({ line }) => line === 'after all'),
    { deadlineMs: 60_000 }
  )
  const [panelMiB, agentMiB] = [memory.panel.stop(), memory.agent.stop()]
  t.ok(panelMiB < panelBefore + 200, `panel at most ${panelMiB} MiB`)
  t.ok(agentMiB < agentBefore + 200, `agent at most ${agentMiB} MiB`)
  const stored = await until('it is stored too', async () => {
    const record = await storedConsole(world.admin, server.id)
    return record.lines.some(({ line }) => line === 'after all') && record
  })
  for (const { lines } of [stored, seenBy(viewer.received)]) {
    const longest = Math.max(...lines.map(({ line }) => line.length))
    t.ok(longest <= 8_192, `in pieces of ${longest} characters`)
    const commands = lines.filter(({ line }) => NOT_COLOUR.test(line))
    t.strictSame(commands.slice(0, 2), [], 'nothing that a terminal would obey but colours')
  }
  t.equal((await send()).status, 204, 'control is as it was')
})

t.test('row 38, sixty 25: whoever loses the right to watch is gone within 5 s', async t => {
  const world = await createWorld(t, { env: { SAMPLE_DATA: '1' } })
  const { database, url } = world
  const agent = await world.addNode('alpha')
  const altId = await world.addProbeAlt({ environment: { TICK_MS: '100' } })
  const server = await world.addServer({ altId, nodeId: agent.nodeId })
  await act(world.admin, server.id, 'start')
  const path = `/servers/${server.id}/console`
  const sql = (text: string, values: unknown[]) => database.query(text, values)
  const idOf = async (username: string) => {
    const [row] = await sql(`SELECT "id" FROM "User" WHERE "username" = $1`, [username])
    return String(row?.id)
  }
  const [adminId, moderatorId, playerId] = await Promise.all(
    ['admin', 'moderator', 'player'].map(idOf)
  )
  const secret = `cap_${randomBytes(32).toString('hex')}`
  await sql(
    `INSERT INTO "ApiKey" ("id", "userId", "name", "secretHash", "permissions", "allowedIps")
     VALUES ($1, $2, 'a program', $3, '{}', '{}')`,
    [randomUUID(), adminId, createHash('sha256').update(secret).digest('hex')]
  )
  const [player, moderator, twin] = [
    await login(url, 'player', PASSWORD),
    await login(url, 'moderator', PASSWORD),
    await login(url, 'admin', PASSWORD)
  ]
  await sql(`UPDATE "Server" SET "ownerId" = $1 WHERE "id" = $2`, [playerId, server.id])

  const rows: { who: string; viewer: Viewer; take(): Promise<unknown> }[] = [
    {
      who: 'a user who is disabled',
      viewer: await openViewer(t, world, path, { person: moderator }),
      take: () => sql(`UPDATE "User" SET "disabledAt" = now() WHERE "id" = $1`, [moderatorId])
    },
    {
      who: 'an owner who is none any more',
      viewer: await openViewer(t, world, path, { person: player }),
      take: () => sql(`UPDATE "Server" SET "ownerId" = $1 WHERE "id" = $2`, [adminId, server.id])
    },
    {
      who: 'a login that was ended elsewhere',
      viewer: await openViewer(t, world, path, { person: twin }),
      take: () =>
        sql(
          `UPDATE "Session" SET "revokedAt" = now() WHERE "id" =
             (SELECT "id" FROM "Session" WHERE "userId" = $1 ORDER BY "createdAt" DESC LIMIT 1)`,
          [adminId]
        )
    },
    {
      who: 'a key that was revoked',
      viewer: await openViewer(t, world, path, { headers: { authorization: `Bearer ${secret}` } }),
      take: () => sql(`UPDATE "ApiKey" SET "revokedAt" = now() WHERE "userId" = $1`, [adminId])
    }
  ]
  const staying = await openViewer(t, world, path)
  await until('all watch', () =>
    [staying, ...rows.map(row => row.viewer)].every(
      viewer => seenBy(viewer.received).lines.length > 0
    )
  )
  await Promise.all(
    rows.map(async ({ who, viewer, take }) => {
      await take()
      const takenAt = Date.now()
      await until(`${who} is gone`, () => viewer.socket.readyState === WebSocket.CLOSED, {
        deadlineMs: REVOKED_WITHIN_MS + 3_000
      })
      const tookMs = Date.now() - takenAt
      t.ok(tookMs < REVOKED_WITHIN_MS, `${who}: closed after ${tookMs} ms`)
    })
  )
  t.equal(staying.socket.readyState, WebSocket.OPEN, 'whoever may stay stays')

  // By another process's hand: only the row says it.
  await sql(`UPDATE "Agent" SET "revokedAt" = now() WHERE "nodeId" = $1`, [agent.nodeId])
  const revokedAt = Date.now()
  await until('the node is cut off', () => /4403|revoked/.test(agent.output()), {
    deadlineMs: REVOKED_WITHIN_MS + 3_000
  })
  const tookMs = Date.now() - revokedAt
  t.ok(tookMs < REVOKED_WITHIN_MS, `the node: closed after ${tookMs} ms`)
  const last = seenBy(staying.received).lines.at(-1)?.position
  const refused = await world.admin.request('POST', `/api/v1${path}`, { command: 'hello' })
  t.match(refused, { status: 409, body: { code: 'NODE_OFFLINE' } })
  t.equal(seenBy(staying.received).lines.at(-1)?.position, last, 'no line of it comes any more')
  t.ok((await world.containerOf(server.id))?.State.Running, 'its game runs on')
})

const BOMBS = `#!/bin/busybox sh
cd /home/container
echo ready
read -r line
busybox head -c 67108864 /dev/zero | busybox tr '\\0' x
echo
busybox head -c 1048576 /dev/urandom
echo
printf '\\377\\376\\300\\200\\355\\240\\200 broken\\n'
count=0
while [ $count -lt 500 ]; do
  printf '\\033]0;%0900d\\007\\033[2J\\033[999999999b\\033[6n\\033P$qm\\033\\\\\\033[31mred\\n' 0
  count=$((count + 1))
done
printf '\\033]52;c;never ended\\n'
busybox usleep 500000
echo 'after all'
while read -r line; do echo "input $line" >>ledger.txt; done
`

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const NOT_COLOUR = /\u001b(?!\[[0-9;:]*m)|[\u0005\u0080-\u009f]/

interface Viewer {
  socket: WebSocket
  received: Json[]
  /** Of all its messages. */
  bytes(): number
  /** How old each message's newest line was when it came. */
  lagsMs(): number[]
}

async function openViewer(
  t: Teardown,
  world: World,
  path: string,
  {
    person = world.admin,
    headers = { cookie: person.cookie(), origin: world.url }
  }: { person?: Person; headers?: Record<string, string> } = {}
): Promise<Viewer> {
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}/api/v1${path}`, { headers })
  t.teardown(() => socket.terminate())
  const received: Json[] = []
  const lags: number[] = []
  let bytes = 0
  socket.on('error', () => undefined)
  socket.on('message', data => {
    const text = String(data)
    bytes += text.length
    const message = JSON.parse(text)
    received.push(message)
    const newest = message.type === 'lines' && message.lines.at(-1)
    if (newest) lags.push(Date.now() - Date.parse(newest.at))
  })
  await until('the socket opens', () => socket.readyState === WebSocket.OPEN)
  socket.send(JSON.stringify({ type: 'subscribe' }))
  return { socket, received, bytes: () => bytes, lagsMs: () => lags }
}

/** Numbered lines of one length follow on the first word: where each must stand is known. */
function misplaced({ lines }: ConsoleRecord): string[] {
  const first = 'ready\n'.length
  return lines.flatMap(({ position, line }) => {
    const [number] = /^\d{9}/.exec(line) ?? []
    if (!number) return []
    const expected = first + (Number(number) - FIRST_NUMBER) * (line.length + 1)
    return position === expected ? [] : [`${line} at ${position}, not ${expected}`]
  })
}
