import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AgentBody, agentCodec, encodeConsoleFrame } from '@ctrl-alt-play/protocol'
import t from 'tap'
import { WebSocket } from 'ws'
import { connectWith } from './world/agent-door.ts'
import type { Json } from './world/api.ts'
import { until } from './world/until.ts'
import { createWorld, type World } from './world/world.ts'

t.test("a node's stolen key opens nothing of another node", async t => {
  const world = await createWorld(t)
  const alpha = await world.addNode('alpha')
  const beta = await world.addNode('beta')
  const altId = await world.addProbeAlt({ environment: { TICK_MS: '500' } })
  const server = await world.addServer({ altId, nodeId: alpha.nodeId, name: 'Of alpha' })
  const { command } = await world.admin.post(
    `/api/v1/servers/${server.id}/power`,
    { action: 'start' },
    { prefer: 'wait=60' }
  )
  const path = `/api/v1/servers/${server.id}`
  const before = await world.admin.get(path)
  const stolen = JSON.parse(await readFile(join(beta.stateDir, 'credentials.json'), 'utf8'))
  await beta.stop()

  const lie: AgentBody<'report'>['servers'][number] = {
    serverId: server.id,
    state: 'CRASHED',
    generation: 99,
    restartSeq: 99,
    containerId: 'a'.repeat(64),
    startedAt: null,
    exitCode: 1,
    oomKilled: false,
    crashCount: 7,
    endedByItself: true,
    pendingRestart: false,
    reason: 'a lie'
  }
  const line = { atMs: 1, stream: 'stdout', continued: false, text: Buffer.from('a lie') } as const
  const rows: [string, string | Buffer, string][] = [
    ['a status', agentCodec.encode('report', { servers: [lie] }), 'security.agent.foreign-server'],
    [
      'a result',
      agentCodec.encode('command.result', { id: command.id, outcome: { status: 'FAILED' } }),
      'security.agent.foreign-command'
    ],
    [
      'an event',
      agentCodec.encode('events', {
        events: [
          { seq: 1, serverId: server.id, at: '2026-01-01T00:00:00Z', code: 'LIE', message: 'a lie' }
        ]
      }),
      'security.agent.foreign-server'
    ],
    [
      'a console line',
      encodeConsoleFrame({ type: 'chunk', serverId: server.id, start: 0, lines: [line] }),
      'security.agent.foreign-server'
    ]
  ]
  for (const [what, frame, action] of rows) {
    const thief = await connectWith(stolen, world.url)
    t.ok(thief.welcomed, `${what}: the key is good for its own node`)
    thief.socket.send(frame)
    await until('the session is ended', () => thief.socket.readyState === WebSocket.CLOSED, {
      deadlineMs: 5_000
    })
    t.ok(await audited(world, action), `${what} is refused and audited`)
  }
  t.match(await world.admin.get(path), { status: 'RUNNING', crashCount: before.crashCount })
  t.match(await world.admin.get(`/api/v1/commands/${command.id}`), { status: 'SUCCEEDED' })
  const { data } = await world.admin.get(`${path}/logs?after=0`)
  t.notOk(
    data.some((shown: Json) => shown.line.includes('a lie')),
    'nothing of it is shown'
  )

  const posing = await connectWith({ ...stolen, nodeId: alpha.nodeId }, world.url)
  t.notOk(posing.welcomed, "it is not taken for alpha's")
  await world.admin.post(`/api/v1/nodes/${beta.nodeId}/revoke`)
  const revoked = await connectWith(stolen, world.url)
  t.notOk(revoked.welcomed, 'revoked, it opens nothing at all')
})

async function audited(world: World, action: string): Promise<boolean> {
  return until(`${action} is in the audit log`, async () => {
    const { data } = await world.admin.get(`/api/v1/audit-logs?action=${action}&limit=50`)
    return data.length > 0
  })
}
