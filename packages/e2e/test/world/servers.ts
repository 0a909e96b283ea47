import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import type { Json, Person } from './api.ts'
import { until } from './until.ts'
import type { AgentProcess } from './world.ts'

/** Asks for a power act and waits for its end; answers the command. */
export async function act(admin: Person, serverId: string, action: string): Promise<Json> {
  const path = `/api/v1/servers/${serverId}/power`
  return (await admin.post(path, { action }, { prefer: 'wait=60' })).command
}

/** The server's row once it fits. */
export async function untilServer(
  admin: Person,
  serverId: string,
  fits: (server: Json) => boolean,
  deadlineMs = 30_000
): Promise<Json> {
  let seen: Json
  return until(
    'the server is as it should be',
    async () => {
      seen = await admin.get(`/api/v1/servers/${serverId}`)
      return fits(seen) && seen
    },
    { deadlineMs }
  ).catch(err => {
    const { status, statusReason, crashCount } = seen ?? {}
    throw new Error(`${err.message}: ${JSON.stringify({ status, statusReason, crashCount })}`)
  })
}

/** The command once it has ended. */
export function untilCommand(admin: Person, commandId: string): Promise<Json> {
  return until('the command has ended', async () => {
    const seen = await admin.get(`/api/v1/commands/${commandId}`)
    return seen.finishedAt && seen
  })
}

/** What the server's record says about it, once it does. */
export function untilTold(admin: Person, serverId: string, words: RegExp): Promise<string> {
  return until(`it is told: ${words}`, async () => {
    const { data } = await admin.get(`/api/v1/servers/${serverId}/events?limit=100`)
    return data.map((event: Json) => event.text).find((text: string) => words.test(text))
  })
}

/** What the game itself wrote into its folder. */
export async function ledgerOf(agent: AgentProcess, serverId: string): Promise<string[]> {
  const text = await readFile(join(agent.dataDir, serverId, 'ledger.txt'), 'utf8').catch(() => '')
  return text.split('\n').filter(line => line !== '')
}

export async function bootsOf(agent: AgentProcess, serverId: string): Promise<number> {
  return (await ledgerOf(agent, serverId)).filter(line => line.startsWith('boot ')).length
}

/** The console as the panel has stored it. */
export async function consoleOf(admin: Person, serverId: string): Promise<string[]> {
  const lines: string[] = []
  let after = 0
  for (let page = 0; page < 1_000; page++) {
    const query = `after=${after}&limit=200`
    const { data, nextPosition } = await admin.get(`/api/v1/servers/${serverId}/logs?${query}`)
    if (data.length === 0) break
    lines.push(...data.map((line: Json) => line.line))
    after = nextPosition
  }
  return lines
}

interface EngineEvent {
  action: string
  atMs: number
  attributes: Record<string, string>
}

/** What the engine itself says has happened to a container, from its beginning until now. */
export async function eventsOf(docker: Docker, container: string): Promise<EngineEvent[]> {
  const until = Date.now() / 1_000
  const options = { since: 0, until, filters: { container: [container] } }
  const stream = (await docker.getEvents(options)) as unknown as Readable
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  const lines = Buffer.concat(chunks).toString().split('\n').filter(Boolean)
  return lines.map(line => {
    const { Action, timeNano, Actor } = JSON.parse(line)
    return { action: Action, atMs: timeNano / 1e6, attributes: Actor.Attributes }
  })
}
