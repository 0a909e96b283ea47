import { randomUUID } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeConsoleFrame, encodeConsoleFrame } from '@ctrl-alt-play/protocol'
import type { Json } from './api.ts'
import { repository } from './config.ts'
import { freePort } from './free-port.ts'
import { createLinkProxy } from './link-proxy.ts'
import { type Played, play, type Role } from './played-agent.ts'
import type { PlayedPanel } from './played-panel.ts'
import { act, untilServer } from './servers.ts'
import { until } from './until.ts'
import { isText, payloadOf } from './websocket-frames.ts'
import type { Teardown, World } from './world.ts'

/** What one end said: a message, or a frame of a console in base64. */
type Line = { by: 'agent' | 'panel' } & ({ said: Json } | { frame: string })

const file = join(repository, 'packages/protocol/test/golden/v1/session.jsonl')

function goldenSession(): Line[] {
  const [, ...lines] = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map(line => JSON.parse(line))
}

/** Writes down a session of today: a server is made, started, watched, typed to and stopped; then the panel stops. */
export async function recordSession(t: Teardown, world: World, to: string): Promise<void> {
  const lines: Line[] = []
  const proxy = await createLinkProxy(t, {
    targetPort: Number(new URL(world.url).port),
    rewrite(direction, frame) {
      const by = direction === 'toPanel' ? 'agent' : 'panel'
      const payload = payloadOf(frame)
      lines.push(
        isText(frame)
          ? { by, said: JSON.parse(payload.toString('utf8')) }
          : { by, frame: payload.toString('base64') }
      )
      return [frame]
    }
  })
  const agent = await world.addNode('recorded', {
    panelUrl: `http://127.0.0.1:${proxy.port}`,
    env: { CAP_RECONNECT_SECONDS: '1' }
  })
  const altId = await world.addProbeAlt({ environment: { TICK_MS: '0' } })
  const server = await world.addServer({ altId, nodeId: agent.nodeId, name: 'Recorded' })
  const path = `/api/v1/servers/${server.id}/console`
  await act(world.admin, server.id, 'start')
  const socket = await world.admin.socket(path)
  socket.say({ type: 'subscribe' })
  await world.admin.post(path, { command: 'well' })
  await until('it is seen', () => JSON.stringify(socket.received).includes('echo: well'))
  const said = (type: string) => lines.some(line => 'said' in line && line.said.type === type)
  await until('it is stored', () => said('console.stored') && said('events.stored'))
  await until('signs of life', () => said('heartbeat') && said('stats'))
  socket.close()
  await until('nobody watches', () => said('console.unwatch'))
  await act(world.admin, server.id, 'stop')
  await world.stopPanel()
  await until('it has said good-bye', () => said('goaway'))
  await agent.stop()
  await world.startPanel()
  const keys = JSON.parse(await readFile(join(agent.stateDir, 'credentials.json'), 'utf8'))
  const first = { keys: { agent: keys.key.publicKey, panel: keys.panelKey } }
  const text = [first, ...lines].map(line => `${JSON.stringify(line)}\n`).join('')
  // What is there is never written again.
  writeFileSync(to, text, { flag: 'wx' })
}

/** The agent's half, said to a panel of today by whoever holds `role`. What makes the panel speak is asked of its API. */
export async function replayToPanel(
  world: World,
  role: Role,
  install: () => Promise<unknown>
): Promise<{ serverId: string; seen: Json[]; typed: Json[] }> {
  const names = new Map<string, string>()
  const seen: Json[] = []
  const typed: Promise<Json>[] = []
  let played: Played | undefined
  let serverId = ''
  let streamId = 0
  let socket: Awaited<ReturnType<typeof world.admin.socket>> | undefined
  const taken = new Set<Json>()
  const heard = (type: string): Promise<Json> =>
    until(`the panel says ${type}`, () => {
      const found = played?.heard.find(said => said.type === type && !taken.has(said))
      if (found) taken.add(found)
      return found
    })
  const consolePath = () => `/api/v1/servers/${serverId}/console`

  /** What made the panel say it then. */
  async function provoke({ type, id, body }: Json): Promise<void> {
    switch (type) {
      case 'wanted':
        return void (body.full && (await heard(type)))
      case 'command': {
        if (body.kind === 'install') await install()
        else {
          // Its installation has come to its end when the panel has read so.
          const path = `/api/v1/servers/${serverId}/power`
          await until(`${body.kind} is accepted`, async () => {
            const { status } = await world.admin.request('POST', path, { action: body.kind })
            return status === 202
          })
        }
        const now = await heard(type)
        serverId = now.body.serverId
        names.set(body.id, now.body.id).set(body.serverId, serverId)
        return
      }
      case 'command.confirm': {
        const now = body.ids.map((then: string) => names.get(then))
        const isConfirmed = (what: Json) => now.every((one: Json) => what.ids?.includes(one))
        await until('its end is stored', () => played?.heard.some(said => isConfirmed(said.body)))
        return
      }
      case 'console.watch':
        socket = await world.admin.socket(consolePath())
        socket.say({ type: 'subscribe' })
        streamId = (await heard(type)).body.streamId
        return
      case 'call':
        await untilServer(world.admin, serverId, ({ status }) => status === 'RUNNING')
        typed.push(world.admin.request('POST', consolePath(), { command: body.params.line }))
        names.set(id, (await heard(type)).id)
        return
      case 'console.unwatch':
        await until('all is seen', () => JSON.stringify(socket?.received).includes('echo: well'))
        seen.push(...(socket?.received ?? []))
        socket?.close()
        await heard(type)
        return
    }
  }

  for (const line of goldenSession()) {
    const said = 'said' in line ? line.said : undefined
    if (line.by === 'panel') {
      await provoke(said)
    } else if (said?.type === 'auth') {
      played = await play(world.url, role)
    } else {
      played?.send(said ? renamed(said, names) : moved(line, { serverId, streamId }))
    }
  }
  played?.socket.close()
  return { serverId, seen, typed: await Promise.all(typed) }
}

/** The panel's half, said to an agent of today. Answers what the agent said back, by type. */
export async function replayToAgent(
  panel: PlayedPanel
): Promise<{ serverId: string; answers: Json[]; printed: string; closed: number }> {
  const serverId = randomUUID()
  const port = await freePort()
  const answers: Json[] = []
  const visit = await panel.visit()
  let printed = ''
  visit.socket.on('message', (data: Buffer, isBinary: boolean) => {
    const frame = isBinary ? decodeConsoleFrame(data) : undefined
    for (const { text } of frame?.type === 'live' ? frame.lines : []) {
      printed += `${Buffer.from(text).toString('utf8')}\n`
    }
  })
  const lines = goldenSession()
  const install = lines.find(line => 'said' in line && line.said.type === 'command')
  const before = install && 'said' in install ? install.said.body : undefined
  const oldPort = before.payload.wanted.spec.ports[0].port
  const names = new Map<string, string>([[before.serverId, serverId]])
  for (const line of lines) {
    if (!('said' in line)) continue
    const { type, body } = line.said
    if (line.by === 'agent') {
      // Only what answers something: the rest comes when it comes.
      if (/^(command\.(ack|result)|reply)$/.test(type)) {
        const isIt = (now: Json) => now.id === body.id && now.to === body.to
        answers.push({ type, before: body, now: await visit.hear(type, isIt) })
      }
    } else if (type === 'challenge') {
      await panel.welcome(visit)
    } else if (type !== 'welcome') {
      if (type === 'console.unwatch') {
        await until('the console is seen', () => printed.includes('echo: well'))
      }
      if (body.epoch !== undefined) body.epoch = visit.epoch
      const text = renamed(line.said, names)
      visit.send(
        text.replaceAll(`"${oldPort}"`, `"${port}"`).replaceAll(`:${oldPort},`, `:${port},`)
      )
    }
  }
  return { serverId, answers, printed, closed: (await visit.closed).code }
}

/** Its text, with the ids of now. */
function renamed(said: Json, names: ReadonlyMap<string, string>): string {
  let text = JSON.stringify(said)
  for (const [then, now] of names) text = text.replaceAll(then, now)
  return text
}

function moved(line: Line, to: { serverId: string; streamId: number }): Buffer {
  const frame = 'frame' in line && decodeConsoleFrame(Buffer.from(line.frame, 'base64'))
  if (!frame) throw new Error('the golden frame is damaged')
  return encodeConsoleFrame({ ...frame, ...to } as typeof frame)
}
