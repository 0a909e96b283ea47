import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CommandKind,
  createKeyPair,
  type EnrollmentAnswer,
  enrollTranscript,
  type KeyPair,
  parseEnrollmentToken,
  sign
} from '@ctrl-alt-play/protocol'
import rateLimit from '@fastify/rate-limit'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import { pino } from 'pino'
import type { Test } from 'tap'
import { type AgentLink, type AgentLinkDeps, createAgentLink } from '../src/agents/agent-link.ts'
import type { AuditEntry, NewCommand, PanelEvent } from '../src/agents/contract.ts'
import { loadPanelIdentity, type PanelIdentity } from '../src/agents/identity-file.ts'
import { type Database, openDatabase } from '../src/db/client.ts'
import { createPanelEvents } from '../src/events.ts'
import { createAudit } from '../src/features/audit/audit.ts'
import { createLifecycleRepo } from '../src/features/servers/lifecycle.repo.ts'
import { createServerLifecycle } from '../src/features/servers/lifecycle.ts'
import { createWantedRepo } from '../src/features/servers/wanted.repo.ts'
import { createWantedStates } from '../src/features/servers/wanted.ts'
import { type FakeMachine, machineFacts, newInstance } from './fake-agent.ts'
import { freshDatabase } from './test-database.ts'
import { testVault } from './test-vault.ts'

/** The link on a real database and a real port, without the rest of the panel. */
export interface World {
  db: Database
  databaseUrl: string
  url: string
  link: AgentLink
  identity: PanelIdentity
  published: PanelEvent[]
  audited: AuditEntry[]
  /** What the link takes for the time; only with `clock: true`. */
  clock: { ms: number }
  close(): Promise<void>
}

export interface WorldOptions {
  timing?: AgentLinkDeps['timing']
  logRetention?: AgentLinkDeps['logRetention']
  /** Time stands still until the test moves it. */
  clock?: true
  /** The world after a restart of the panel. */
  after?: World
}

/** No round runs by itself: tests call `tick` and `sweep`. */
const NEVER = 2_000_000_000
const byHand = { tickMs: NEVER, sweepMs: NEVER, metricsMs: NEVER, retentionMs: NEVER }

export async function openWorld(t: Test, options: WorldOptions = {}): Promise<World> {
  const databaseUrl = options.after?.databaseUrl ?? (await freshDatabase(t)).url
  const db = openDatabase({ url: databaseUrl, poolSize: 6 })
  const identity = options.after?.identity ?? (await newIdentity(t))
  const log = pino({ level: 'silent' })
  const events = createPanelEvents(log)
  const published: PanelEvent[] = []
  events.subscribe(event => void published.push(event))
  const audited: AuditEntry[] = []
  const audit = createAudit(db, log)
  const clock = { ms: options.after?.clock.ms ?? 1_000_000 }
  const link: AgentLink = createAgentLink({
    ...{ db, identity, events, log },
    wanted: createWantedStates(createWantedRepo(db, testVault, log), { timeZone: 'UTC' }),
    lifecycle: createServerLifecycle({
      repo: createLifecycleRepo(db),
      outbox: () => link.outbox,
      events
    }),
    audit: {
      ...audit,
      note(entry) {
        audited.push(entry)
        audit.note(entry)
      }
    },
    timing: { ...byHand, ...options.timing },
    ...(options.logRetention && { logRetention: options.logRetention }),
    ...(options.clock && { now: () => clock.ms })
  })
  const app = Fastify({ loggerInstance: log, ajv: { customOptions: { removeAdditional: false } } })
  await app.register(rateLimit, { global: false })
  await app.register(websocket, { errorHandler: () => undefined, options: { maxPayload: 65_536 } })
  await app.register(link.routes)
  await app.listen({ port: 0, host: '127.0.0.1' })
  await link.start()
  const { port } = app.server.address() as AddressInfo
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= (async () => {
      await link.stop()
      await app.close()
      await audit.close()
      await db.close()
    })()
    return closing
  }
  t.teardown(close)
  const url = `http://127.0.0.1:${port}`
  return { db, databaseUrl, url, link, identity, published, audited, clock, close }
}

/** As if the panel was killed: nobody is told, nothing is flushed. A new one takes over. */
export async function restartPanel(t: Test, world: World, options: WorldOptions = {}) {
  await world.close()
  return openWorld(t, { ...options, after: world })
}

async function newIdentity(t: Test): Promise<PanelIdentity> {
  const dir = await mkdtemp(join(tmpdir(), 'cap-identity-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  return loadPanelIdentity(dir)
}

export async function addNode(world: World, name: string): Promise<string> {
  const node = await world.db.prisma.node.create({ data: { name } })
  return node.id
}

export async function newToken(world: World, nodeId: string): Promise<string> {
  const { enrollment } = world.link
  const made = await enrollment.createEnrollmentToken(world.db.prisma, nodeId, null)
  return made.token
}

export async function enroll(
  world: World,
  token: string,
  keys: KeyPair
): Promise<{ status: number; body: EnrollmentAnswer & { code?: string } }> {
  const tokenId = parseEnrollmentToken(token)?.id ?? ''
  const { publicKey } = keys
  const proof = sign(keys, enrollTranscript({ tokenId, publicKey }))
  const response = await fetch(`${world.url}/agent/v1/enroll`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, publicKey, proof, machine: machineFacts })
  })
  return { status: response.status, body: (await response.json()) as never }
}

/** A node whose agent is enrolled and can connect. */
export async function addMachine(world: World, name = 'alpha'): Promise<FakeMachine> {
  const nodeId = await addNode(world, name)
  return joinMachine(world, nodeId)
}

export async function joinMachine(world: World, nodeId: string): Promise<FakeMachine> {
  const keys = createKeyPair()
  const { status } = await enroll(world, await newToken(world, nodeId), keys)
  if (status !== 200) throw new Error(`enrolment answered ${status}`)
  const panelKey = world.identity.keys.publicKey
  return { nodeId, keys, panelKey, url: world.url, instanceId: newInstance(), lastEpoch: 0 }
}

/** A server that is installed and stopped, unless told otherwise. */
export async function addServer(
  { db }: World,
  nodeId: string | null,
  data: Record<string, unknown> = {}
): Promise<string> {
  const alt = await db.prisma.alt.findFirstOrThrow()
  const owner = await db.prisma.user.findFirstOrThrow()
  const server = await db.prisma.server.create({
    data: {
      name: 'a server',
      altId: alt.id,
      ownerId: owner.id,
      nodeId,
      dockerImage: alt.dockerImage,
      startup: 'game --port 1',
      memoryMiB: 512,
      cpuPercent: 100,
      diskMiB: 1_024,
      installState: 'DONE',
      status: 'STOPPED',
      ...data
    }
  })
  return server.id
}

/** What the API does for an act: wanted state and command in one transaction. */
export async function act(
  { db, link }: World,
  serverId: string,
  kind: CommandKind,
  options: { ttlMs?: number; quietly?: true } = {}
) {
  const command = await db.prisma.$transaction(async tx => {
    const server = await tx.server.findUniqueOrThrow({ where: { id: serverId } })
    const wanted = wantedBy(kind, server)
    const { desired: desiredState, generation, restartSeq } = wanted
    const deletedAt = kind === 'delete' ? { deletedAt: new Date() } : {}
    await tx.server.update({
      where: { id: serverId },
      data: { desiredState, generation, restartSeq, ...deletedAt }
    })
    const payload: NewCommand['payload'] = {
      ...wanted,
      previousDesired: server.desiredState,
      previousRestartSeq: server.restartSeq
    }
    const [made] = await link.outbox.enqueue(tx, [
      {
        ...{ serverId, kind, payload, actorId: null, ttlMs: options.ttlMs ?? 60_000 },
        nodeId: server.nodeId ?? ''
      }
    ])
    if (!made) throw new Error('the command was not made')
    return made
  })
  if (!options.quietly) link.outbox.wake(command.nodeId)
  return command
}

function wantedBy(
  kind: CommandKind,
  server: { generation: number; restartSeq: number }
): Pick<NewCommand['payload'], 'desired' | 'generation' | 'restartSeq'> {
  const generation = server.generation + 1
  if (kind === 'start' || kind === 'restart') {
    return { desired: 'RUNNING', generation, restartSeq: server.restartSeq + 1 }
  }
  return {
    desired: kind === 'delete' ? 'ABSENT' : 'STOPPED',
    generation,
    restartSeq: server.restartSeq
  }
}

export function serverRow({ db }: World, id: string) {
  return db.prisma.server.findUniqueOrThrow({ where: { id } })
}

export function nodeRow({ db }: World, id: string) {
  return db.prisma.node.findUniqueOrThrow({ where: { id } })
}

export function commandRow({ db }: World, id: string) {
  return db.prisma.command.findUniqueOrThrow({ where: { id } })
}

/** From a ping to its answer, with both ends in this process. */
const TURNS = 6

/** The clock moves in steps that the link takes for an ordinary second; what was sent arrives in between. */
export async function advance(world: World, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    world.clock.ms += Math.min(left, 1_000)
    await world.link.tick()
    for (let turn = 0; turn < TURNS; turn++) await new Promise(setImmediate)
  }
}
