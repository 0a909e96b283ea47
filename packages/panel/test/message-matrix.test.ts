import { createHash, randomBytes, randomUUID } from 'node:crypto'
import {
  type AgentMessage,
  type ConsoleFrame,
  createKeyPair,
  keyIdOf,
  messageTypes,
  rotateTranscript,
  sign
} from '@ctrl-alt-play/protocol'
import { FormatRegistry } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import t, { type Test } from 'tap'
import {
  ConsoleClientMessage,
  ConsoleServerMessage
} from '../src/features/console/console.schema.ts'
import { EventMessage } from '../src/features/events/events.schema.ts'
import {
  type PermissionName,
  permissionCatalog,
  serverPermissions
} from '../src/features/permissions/catalog.ts'
import { consoleOf, openSocket } from './access-world.ts'
import {
  act,
  addMachine,
  addServer,
  commandRow,
  nodeRow,
  openWorld,
  serverRow,
  type World
} from './agent-world.ts'
import {
  authenticate,
  connect,
  type FakeMachine,
  type FakeSession,
  helloBody,
  openSocket as openAgentSocket,
  report,
  resources
} from './fake-agent.ts'
import { addGameNode, type GameAgent } from './game-agent.ts'
import { addUser, buildPanel, type Json, login, type TestPanel, until } from './helper.ts'

// Hundreds of sockets, on a machine that may be busy with other files.
t.setTimeout(300_000)

/** What is wanted of the messages, written down apart from them. A type that is missing here does not pass. */
const clientRules: Record<ConsoleClientMessage['type'], PermissionName> = {
  subscribe: 'console-read',
  input: 'console-send'
}
const consoleRules: Record<ConsoleServerMessage['type'], PermissionName> = {
  lines: 'console-read',
  gap: 'console-read',
  status: 'console-read',
  error: 'console-read',
  stats: 'monitoring-view'
}
const eventRules: Record<EventMessage['type'], 'everyone' | PermissionName> = {
  error: 'everyone',
  'server.status': 'server-view',
  'server.deleted': 'server-view',
  command: 'server-view',
  'access.changed': 'server-view',
  'server.stats': 'monitoring-view',
  // Of no server: for who holds it everywhere.
  'node.status': 'admin-nodes',
  'node.resources': 'admin-nodes'
}

FormatRegistry.Set('date-time', text => new Date(text).toJSON() === text)

const typesIn = (schema: Json): string[] =>
  schema.anyOf.map((part: Json) => part.properties.type.const).sort()

const all = permissionCatalog.map(({ name }) => name)
const ownersHold: PermissionName[] = [
  ...serverPermissions.filter(name => /^(file|console|backup|database)-/.test(name)),
  ...(['server-view', 'server-update', 'server-power', 'server-reinstall'] as const),
  ...(['network-view', 'monitoring-view', 'plugin-view'] as const)
]
const moderatorsHold: PermissionName[] = [
  ...(['server-view', 'server-power', 'console-read', 'file-read'] as const),
  ...(['backup-view', 'monitoring-view', 'user-view'] as const)
]
const whileSuspended = new Set(['server-view', 'console-read', 'monitoring-view'])

const sample = {
  ...{ at: '2026-03-01T10:00:01.000Z', cpuPercent: 1, memoryMiB: 2, networkRxBytes: 3 },
  ...{ networkTxBytes: 4, diskMiB: 5, uptimeSeconds: 6 }
}

type Place = 'mine' | 'theirs' | 'shut'
const places: Place[] = ['mine', 'theirs', 'shut']

interface Visitor {
  name: string
  headers: Record<string, string>
  isKnown: boolean
  everywhere: readonly PermissionName[]
  on: Partial<Record<Place, readonly PermissionName[]>>
}

/** In a few words, and not by the product's own: whether somebody may do this there. */
function may({ everywhere, on }: Visitor, permission: PermissionName, place: Place): boolean {
  if (place === 'shut' && !whileSuspended.has(permission)) return false
  return everywhere.includes(permission) || on[place]?.includes(permission) === true
}

interface Stage {
  panel: TestPanel
  agent: GameAgent
  ids: Record<Place, string>
  visitors: Visitor[]
}

/** Three servers that run: of olga's one is suspended, one is another tenant's. */
async function stage(t: Test): Promise<Stage> {
  const panel = await buildPanel(t, { env: { RATE_LIMIT_PER_MINUTE: '0' } })
  const { prisma } = panel.db
  const admin = await login(panel)
  const agent = await addGameNode(panel, admin, 'alpha')
  const adminId = (await prisma.user.findFirstOrThrow({ where: { username: 'admin' } })).id
  const alts = await admin.request('GET', '/api/v1/alts?search=Teeworlds%20demo')
  const olga = await addUser(panel, { username: 'olga' })
  const tenant = await addUser(panel, { username: 'tenant' })
  const disabled = await addUser(panel, { username: 'disabled', roleName: 'ADMIN' })
  await prisma.user.update({ where: { id: disabled.id }, data: { disabledAt: new Date() } })
  await addUser(panel, { username: 'moderator', roleName: 'MODERATOR' })
  await prisma.role.create({ data: { name: 'NOBODY' } })

  async function running(ownerId: string): Promise<string> {
    const made = await admin.request('POST', '/api/v1/servers', {
      ...{ name: 'World', altId: alts.body.data[0].id, ownerId, start: true },
      ...{ memoryMiB: 512, cpuPercent: 100, diskMiB: 1_024 }
    })
    const { id } = made.body.server
    await until('it runs', async () => {
      return (await admin.request('GET', `/api/v1/servers/${id}`)).body.status === 'RUNNING'
    })
    return id
  }
  const ids = {
    mine: await running(olga.id),
    theirs: await running(tenant.id),
    shut: await running(olga.id)
  }
  await admin.request('PATCH', `/api/v1/servers/${ids.shut}`, { suspended: true })

  async function keyOf(
    userId: string,
    more: { subset?: readonly PermissionName[]; expiresAt?: Date; revokedAt?: Date } = {}
  ): Promise<Record<string, string>> {
    const { subset, ...rest } = more
    const secret = `cap_${randomBytes(32).toString('base64url')}`
    await prisma.apiKey.create({
      data: {
        ...{ userId, name: 'k', secretHash: createHash('sha256').update(secret).digest('hex') },
        ...{ allPermissions: !subset, permissions: [...(subset ?? [])], ...rest }
      }
    })
    return { authorization: `Bearer ${secret}` }
  }
  const permissions = new Map(
    (await prisma.permission.findMany()).map(({ id, name }) => [name, id] as const)
  )
  async function member(name: string, held: readonly PermissionName[]): Promise<Visitor> {
    const { id: userId } = await addUser(panel, { username: name, roleName: 'NOBODY' })
    const data = held.map(one => ({
      ...{ userId, serverId: ids.mine, permissionId: permissions.get(one) ?? '' }
    }))
    await prisma.userPermission.createMany({ data })
    return { ...known(name, await keyOf(userId)), on: { mine: held } }
  }
  const known = (name: string, headers: Record<string, string>): Visitor => {
    return { name, headers, isKnown: true, everywhere: [], on: {} }
  }
  const unknown = (name: string, headers: Record<string, string> = {}): Visitor => {
    return { ...known(name, headers), isKnown: false }
  }
  const byLogin = async (name: string) => known(name, { cookie: (await login(panel, name)).cookie })
  const { session } = agent
  const visitors: Visitor[] = [
    unknown('anonymous'),
    unknown('an expired key', await keyOf(adminId, { expiresAt: new Date(0) })),
    unknown('a revoked key', await keyOf(adminId, { revokedAt: new Date(0) })),
    unknown("a disabled user's key", await keyOf(disabled.id)),
    unknown('a node', { authorization: `Bearer cap_${'0'.repeat(32)}.${'A'.repeat(43)}` }),
    unknown("a node's session", { authorization: `Bearer ${session.welcome.signature}` }),
    { ...(await byLogin('admin')), everywhere: all },
    { ...known('a whole key', await keyOf(adminId)), everywhere: all },
    { ...(await byLogin('moderator')), everywhere: moderatorsHold },
    { ...(await byLogin('olga')), on: { mine: ownersHold, shut: ownersHold } },
    { ...(await byLogin('tenant')), on: { theirs: ownersHold } },
    await member('none', []),
    await member('blind', ['console-read', 'console-send', 'monitoring-view'])
  ]
  for (const one of serverPermissions) {
    const held = [...new Set<PermissionName>(['server-view', 'console-read', one])]
    visitors.push(await member(`m.${one}`, held))
    const name = `a key with ${held.join()}`
    visitors.push({
      ...known(name, await keyOf(adminId, { subset: held })),
      everywhere: held
    })
  }
  for (const one of all) {
    const headers = await keyOf(adminId, { subset: [one] })
    visitors.push({ ...known(`a key with ${one} alone`, headers), everywhere: [one] })
  }
  return { panel, agent, ids, visitors }
}

interface Listener {
  visitor: Visitor
  place: Place
  heard: Json[]
  say(message: object): void
  close(): void
}

/** Undefined: the panel did not let it in, as it should. */
async function enter(
  t: Test,
  { panel, ids }: Stage,
  visitor: Visitor,
  at: Place | 'events'
): Promise<Listener | undefined> {
  const path = at === 'events' ? '/api/v1/events' : consoleOf(ids[at])
  const word = wordOf(visitor, at)
  const opened = openSocket(t, panel, path, visitor.headers)
  if (word !== 'in') {
    await t.rejects(opened, { message: word }, `${visitor.name} at ${at}`)
    return undefined
  }
  const { socket, heard } = await opened
  return {
    ...{ visitor, heard, place: at === 'events' ? 'mine' : at },
    say: message => socket.send(JSON.stringify(message)),
    close: () => socket.close()
  }
}

function wordOf(visitor: Visitor, at: Place | 'events'): '401' | '403' | '404' | 'in' {
  if (!visitor.isKnown) return '401'
  if (at === 'events') return 'in'
  if (!may(visitor, 'server-view', at)) return '404'
  return may(visitor, clientRules.subscribe, at) ? 'in' : '403'
}

const nonsense = { type: 'reboot' }
const isAnswerToNonsense = (said: Json) =>
  said.type === 'error' && said.code === 'VALIDATION_FAILED'

/** What was said before is answered before. */
async function settled({ say, heard, visitor }: Listener): Promise<void> {
  const answers = () => heard.filter(isAnswerToNonsense).length
  const before = answers()
  say(nonsense)
  await until(`${visitor.name} is answered`, () => answers() > before)
}

const placeOf = ({ ids }: Stage, serverId: string): string =>
  places.find(place => ids[place] === serverId) ?? 'none'

t.test('sixty 35: who may say and hear what, message by message', async t => {
  const here = await stage(t)
  await t.test('at a console', async t => {
    const { panel, agent, ids, visitors } = here
    const stored = async (id: string, count: number) => {
      const where = { serverId: id, kind: 'CONSOLE' } as const
      return (await panel.db.prisma.serverLog.count({ where })) >= count
    }
    for (const place of places) {
      agent.print(ids[place], `before, ${place}`)
      await until('it is stored', () => stored(ids[place], 1))
      agent.skip(ids[place], 500)
      agent.print(ids[place], `after, ${place}`)
      await until('it is stored', () => stored(ids[place], 2))
    }

    const listeners: Listener[] = []
    for (const place of places) {
      const entered = await Promise.all(visitors.map(visitor => enter(t, here, visitor, place)))
      listeners.push(...entered.filter(one => one !== undefined))
    }
    await Promise.all(
      listeners.map(async listener => {
        const { visitor, place, say, heard } = listener
        say({ type: 'subscribe', after: 0 })
        const line = `${place}, by ${visitor.name}`
        say({ type: 'input', line })
        await settled(listener)
        const refusal = heard.find(said => said.type === 'error' && !isAnswerToNonsense(said))
        const isTyped = agent.typed.some(typed => typed.line === line)
        const want = may(visitor, clientRules.input, place)
        t.equal(isTyped, want, line)
        if (want) t.equal(refusal, undefined, line)
        else t.match(refusal, { code: /^(FORBIDDEN|SERVER_SUSPENDED)$/ }, line)
      })
    )
    t.ok(agent.typed.every(({ serverId, line }) => line.startsWith(placeOf(here, serverId))))

    await until('all are watched', () => places.every(place => agent.isWatched(ids[place])))
    const figures = {
      ...{ at: '2026-03-01T10:00:00.000Z', cpuPercent: 1, memoryMiB: 2, networkRxBytes: 3 },
      ...{ networkTxBytes: 4, diskMiB: 5, uptimeSeconds: 6 }
    }
    agent.say('stats', { servers: places.map(place => ({ serverId: ids[place], ...figures })) })
    // What is printed after the figures is shown after them.
    for (const place of places) agent.print(ids[place], `mark, ${place}`)
    const isMessage = TypeCompiler.Compile(ConsoleServerMessage)
    for (const listener of listeners) {
      const { visitor, place, heard } = listener
      const lines = () => heard.flatMap(said => (said.type === 'lines' ? said.lines : []))
      await until(`${visitor.name} at ${place} sees lines`, () =>
        lines().some(({ line }: Json) => line.startsWith('mark'))
      )
      await settled(listener)
      const want = Object.entries(consoleRules).filter(([, rule]) => may(visitor, rule, place))
      const types = [...new Set(heard.map(said => said.type))].sort()
      t.same(types, want.map(([type]) => type).sort(), `${visitor.name} at ${place}`)
      t.ok(
        lines().every(({ line }: Json) => line.endsWith(place)),
        'and of no other server'
      )
      const strange = heard.filter(said => !isMessage.Check(said))
      t.same(strange, [], 'it is all in the schema')
    }
    t.ok(listeners.length > 80, `${listeners.length} consoles`)
    for (const { close } of listeners) close()
  })

  await t.test('of what is told', async t => {
    const { panel, agent, ids, visitors } = here
    const admin = await login(panel)
    const entered = await Promise.all(visitors.map(visitor => enter(t, here, visitor, 'events')))
    const listeners = entered.filter(one => one !== undefined)
    const witness = listeners.find(({ visitor }) => visitor.name === 'admin')
    const wait = { prefer: 'wait=20' }
    agent.say('heartbeat', { resources: resources() })
    agent.say('stats', { servers: places.map(place => ({ serverId: ids[place], ...sample })) })
    for (const place of places) {
      await admin.request('PATCH', `/api/v1/servers/${ids[place]}`, { name: `Named, ${place}` })
    }
    for (const { say } of listeners) {
      say({ type: 'watch', servers: Object.values(ids), nodes: [agent.nodeId] })
    }
    for (const { visitor, heard } of listeners) {
      const count = (type: string) => heard.filter(said => said.type === type).length
      const seen = places.filter(
        place => may(visitor, 'monitoring-view', place) && may(visitor, 'server-view', place)
      )
      await until(`${visitor.name} sees figures`, () => count('server.stats') >= seen.length)
      if (!visitor.everywhere.includes('admin-nodes')) continue
      await until(`${visitor.name} sees resources`, () => count('node.resources') > 0)
    }
    for (const place of places) {
      agent.say('report', { servers: [report(ids[place], { state: 'CRASHED' })] })
      const path = `/api/v1/servers/${ids[place]}`
      const gone = await admin.request('DELETE', path, undefined, wait)
      t.equal(gone.body.command?.status, 'SUCCEEDED', place)
    }
    await admin.request('POST', `/api/v1/nodes/${agent.nodeId}/revoke`)
    await admin.request('POST', `/api/v1/nodes/${agent.nodeId}/declare-lost`)
    await until('the last of it is told', () =>
      witness?.heard.some(said => said.type === 'node.status')
    )

    const isMessage = TypeCompiler.Compile(EventMessage)
    const told = new Set<string>()
    for (const listener of listeners) {
      const { visitor, heard } = listener
      await settled(listener)
      t.same(
        heard.filter(said => !isMessage.Check(said)),
        []
      )
      const words = new Set<string>(
        heard.map(said => {
          const serverId = said.serverId ?? said.command?.serverId
          return `${said.type} ${serverId ? placeOf(here, serverId) : ''}`.trim()
        })
      )
      const want = new Set<string>()
      for (const [type, rule] of Object.entries(eventRules)) {
        if (rule === 'everyone') want.add(type)
        else if (rule === 'admin-nodes') {
          if (visitor.everywhere.includes(rule)) want.add(type)
        } else {
          for (const place of places) {
            const sees = may(visitor, 'server-view', place) && may(visitor, rule, place)
            if (sees) want.add(`${type} ${place}`)
          }
        }
      }
      // A member's right goes with the server: whether its end is still told is a matter of moments.
      if (!want.has('server.deleted mine') || visitor.everywhere.length > 0) {
        t.same([...words].sort(), [...want].sort(), visitor.name)
      } else {
        const rest = (list: Set<string>) => [...list].filter(word => word !== 'server.deleted mine')
        t.same(rest(words).sort(), rest(want).sort(), visitor.name)
      }
      for (const said of heard) told.add(said.type)
    }
    t.same([...told].sort(), Object.keys(eventRules).sort(), 'each of them was told to somebody')
    t.ok(listeners.length > 80, `${listeners.length} readers`)
  })
})

// ---------------------------------------------------------------- agents

type Mouth = Pick<FakeSession, 'say' | 'frame'>

/** What a message is about, and who says it. */
interface About {
  serverId: string
  commandId: string
  callId: string
  streamId: number
  /** How far its console goes. */
  end: number
  machine: FakeMachine
  epoch: number
}

interface Row {
  says(mouth: Mouth, about: About): void
  /** What it names: of another node it is an offence, of nobody it is nothing. */
  names?: 'server' | 'command'
  /** Of its own: what is to come of it. */
  does(world: World, session: FakeSession, about: About): Promise<unknown>
  /** With another's or nobody's keys it is refused. */
  isProof?: true
}

const at = '2026-03-01T10:00:00Z'
const figures = { cpuPercent: 1, memoryMiB: 1, networkRxBytes: 0, networkTxBytes: 0 }
const outcome = { status: 'SUCCEEDED' } as const
const forgedLine = { atMs: 1_700_000_000_000, stream: 'stdout', continued: false } as const
const linesOf = (text: string) => [{ ...forgedLine, text: Buffer.from(text) }]
const typed: { line?: Promise<void> } = {}
const watched: { lines: string[] } = { lines: [] }

const serverIs = (status: string) => (world: World, _: FakeSession, about: About) =>
  until(`the server is ${status}`, async () => {
    await world.link.flush()
    return (await serverRow(world, about.serverId)).status === status
  })
const commandIs = (status: string) => (world: World, _: FakeSession, about: About) =>
  until(`the command is ${status}`, async () => {
    return (await commandRow(world, about.commandId)).status === status
  })
const ends = (code: number) => async (_: World, session: FakeSession) => {
  const closed = await session.closed
  if (closed.code !== code) throw new Error(`closed with ${closed.code}`)
}

/** Every message that an agent can say. A type that is missing here does not compile. */
const agentRows: Record<AgentMessage['type'] | ConsoleFrame['type'], Row[]> = {
  auth: [
    {
      says: (mouth, { machine }) =>
        mouth.say('auth', {
          ...{ nodeId: machine.nodeId, kid: keyIdOf(machine.keys.publicKey), bootId: 'boot' },
          ...{ agentNonce: randomBytes(32).toString('base64'), instanceId: machine.instanceId },
          ...{ lastEpoch: machine.lastEpoch, protocol: { min: 1, max: 1 } },
          signature: sign(machine.keys, Buffer.from('nothing'))
        }),
      does: ends(4400)
    }
  ],
  hello: [{ says: mouth => mouth.say('hello', helloBody()), does: ends(4400) }],
  snapshot: [
    {
      says: (mouth, { serverId }) => {
        const rest = { commands: [], orphans: [], last: true }
        mouth.say('snapshot', { servers: [report(serverId)], ...rest })
      },
      names: 'server',
      does: serverIs('RUNNING')
    },
    {
      says: (mouth, { commandId: id }) => {
        const commands = [{ id, state: 'DONE' as const, outcome }]
        mouth.say('snapshot', { servers: [], commands, orphans: [], last: true })
      },
      names: 'command',
      does: commandIs('SUCCEEDED')
    }
  ],
  report: [
    {
      says: (mouth, { serverId }) => mouth.say('report', { servers: [report(serverId)] }),
      names: 'server',
      does: serverIs('RUNNING')
    }
  ],
  heartbeat: [
    {
      says: mouth => mouth.say('heartbeat', { resources: resources({ cpuCores: 77 }) }),
      does: ({ link }, _, { machine }) =>
        until('it is there', () => link.agents.newestResources(machine.nodeId)?.cpuCores === 77)
    }
  ],
  stats: [
    {
      says: (mouth, { serverId }) =>
        mouth.say('stats', {
          servers: [{ serverId, at, ...figures, diskMiB: 1, uptimeSeconds: 1 }]
        }),
      names: 'server',
      does: ({ link }, _, { serverId }) =>
        until('it counts', () => link.agents.newestStats(serverId))
    }
  ],
  events: [
    {
      says: (mouth, { serverId }) =>
        mouth.say('events', { events: [{ seq: 1, serverId, at, code: 'X', message: 'x' }] }),
      names: 'server',
      does: ({ db }, _, { serverId }) =>
        until(
          'it is kept',
          async () => (await db.prisma.serverLog.count({ where: { serverId, kind: 'EVENT' } })) > 0
        )
    }
  ],
  'command.ack': [
    {
      says: (mouth, { commandId: id }) => mouth.say('command.ack', { id }),
      names: 'command',
      does: commandIs('ACKED')
    }
  ],
  'command.progress': [
    {
      says: (mouth, { commandId: id }) =>
        mouth.say('command.progress', { id, progress: { phase: 'STARTING' } }),
      names: 'command',
      does: commandIs('RUNNING')
    }
  ],
  'command.result': [
    {
      says: (mouth, { commandId: id }) => mouth.say('command.result', { id, outcome }),
      names: 'command',
      does: commandIs('SUCCEEDED')
    }
  ],
  reply: [
    {
      says: (mouth, { callId: to }) => mouth.say('reply', { to, ok: true, result: {} }),
      does: async () => typed.line
    }
  ],
  'key.rotate': [
    {
      says: (mouth, { machine, epoch }) => {
        const next = createKeyPair()
        const { publicKey } = next
        const oldKid = keyIdOf(machine.keys.publicKey)
        const text = rotateTranscript({ nodeId: machine.nodeId, oldKid, publicKey, epoch })
        const [signatureOld, signatureNew] = [sign(machine.keys, text), sign(next, text)]
        mouth.say('key.rotate', { publicKey, signatureOld, signatureNew })
      },
      isProof: true,
      does: (_, session) => session.hear('key.accepted')
    }
  ],
  chunk: [
    {
      says: (mouth, { serverId, end: start }) =>
        mouth.frame({ type: 'chunk', serverId, start, lines: linesOf('stored') }),
      names: 'server',
      does: (_, session, { serverId }) =>
        session.hear('console.stored', stored => stored.serverId === serverId)
    }
  ],
  live: [
    {
      says: (mouth, { streamId, end: start }) =>
        mouth.frame({ type: 'live', streamId, start, lines: linesOf('live') }),
      does: () => until('who watches sees it', () => watched.lines.includes('live'))
    }
  ]
}

const allRows = Object.entries(agentRows).flatMap(([type, rows]) =>
  rows.map(row => ({ type, row, title: row.names ? `${type} of a ${row.names}` : type }))
)

/** All that nodes can change. */
async function recorded({ db, link, audited }: World, ids: string[]): Promise<string> {
  await link.flush()
  const { prisma } = db
  const orderBy = { id: 'asc' } as const
  const rows = [
    await prisma.server.findMany({ where: { id: { in: ids } }, orderBy }),
    await prisma.command.findMany({ where: { serverId: { in: ids } }, orderBy }),
    await prisma.serverLog.findMany({ where: { serverId: { in: ids } }, orderBy }),
    await prisma.agent.findMany({ orderBy, omit: { lastSeen: true } }),
    ids.map(id => link.agents.newestStats(id)),
    audited.filter(({ action }) => action.startsWith('agent.'))
  ]
  return JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value))
}

let lastCores = 100
/** Everything that this session has said so far was dealt with. */
async function dealtWith({ link }: World, session: FakeSession, { nodeId }: FakeMachine) {
  const cpuCores = lastCores++
  session.say('heartbeat', { resources: resources({ cpuCores }) })
  await until('its pulse', () => link.agents.newestResources(nodeId)?.cpuCores === cpuCores)
}

/** And what it has said of commands is written. */
async function written(world: World, session: FakeSession, machine: FakeMachine): Promise<void> {
  await dealtWith(world, session, machine)
  const id = randomUUID()
  session.say('command.result', { id, outcome })
  await session.hear('command.confirm', ({ ids }) => ids.includes(id))
}

interface Node {
  machine: FakeMachine
  session: FakeSession
  about: About
}

/** A node with a stopped server, a command under way, an open call and a watched console. */
async function busy(world: World, machine: FakeMachine, serverId: string): Promise<Node> {
  const { nodeId } = machine
  const { agents, consoleHub } = world.link
  await world.db.prisma.command.deleteMany({ where: { nodeId } })
  await world.db.prisma.serverLog.deleteMany({ where: { serverId, kind: 'EVENT' } })
  const session = await connect(machine, { servers: [report(serverId, { state: 'STOPPED' })] })
  machine.lastEpoch = session.epoch
  await until('it is ready', () => agents.isOnline(nodeId))
  const command = await act(world, serverId, 'start')
  await session.hear('command', ({ id }) => id === command.id)
  const line = agents.sendInput({ nodeId, serverId }, 'x')
  line.catch(() => undefined)
  const call = await session.hearMessage('call')
  const seen: string[] = []
  const leave = consoleHub.watch({ id: serverId, nodeId }, 0, {
    lines: shown => void seen.push(...shown.map(one => one.line)),
    gap: () => undefined,
    bufferedBytes: () => 0,
    room: () => Number.POSITIVE_INFINITY,
    onRoom: () => undefined
  })
  void session.closed.then(leave)
  const { streamId, from: end } = await session.hear('console.watch')
  typed.line = line
  watched.lines = seen
  const { epoch } = session
  const about = { serverId, commandId: command.id, callId: call.id, streamId, end, machine, epoch }
  return { machine, session, about }
}

t.test('sixty 44: what a node may say of what, message by message', async t => {
  const world = await openWorld(t)
  const alpha = await addMachine(world, 'alpha')
  const beta = await addMachine(world, 'beta')
  const own = await addServer(world, alpha.nodeId)
  const foreign = await addServer(world, beta.nodeId)
  const ids = [own, foreign]
  const other = await busy(world, beta, foreign)
  const theirs = { line: typed.line, lines: watched.lines }
  const nobodys: About = {
    ...{ serverId: randomUUID(), commandId: randomUUID(), callId: randomUUID() },
    ...{ streamId: 4_000_000_000, end: 0, epoch: 1 },
    machine: { ...alpha, keys: createKeyPair() }
  }

  for (const { title, row, type } of allRows) {
    const stranger = openAgentSocket(world.url)
    await stranger.hear('challenge')
    const before = await recorded(world, ids)
    row.says(stranger, { ...other.about, machine: alpha })
    const refusal = type === 'auth' ? 4401 : 4400
    t.equal((await stranger.closed).code, refusal, `${title}, before anybody is known`)
    t.equal(await recorded(world, ids), before)

    const { session, about } = await busy(world, alpha, own)
    row.says(session, about)
    await row.does(world, session, about)
    t.pass(`${title}, of its own`)
    session.cut()
    await session.closed
  }

  for (const { title, row } of allRows.filter(
    ({ type }) => !/^(auth|hello|heartbeat)$/.test(type)
  )) {
    const { session, about } = await busy(world, alpha, own)
    const { serverId, commandId, callId, streamId, end } = other.about
    const before = await recorded(world, [foreign])
    const audited = world.audited.length
    const named = { serverId, commandId, callId, streamId, end }
    const machine = row.isProof ? { ...alpha, keys: beta.keys } : alpha
    row.says(session, { ...about, ...named, machine })
    if (row.names || row.isProof) {
      t.equal((await session.closed).code, 4400, `${title}, of another node`)
      const action = row.isProof
        ? 'security.agent.key-refused'
        : `security.agent.foreign-${row.names}`
      t.match(world.audited.slice(audited), [{ action, actorId: alpha.nodeId }], title)
    } else {
      await written(world, session, alpha)
      t.equal(session.socket.readyState, session.socket.OPEN, title)
      session.cut()
      await session.closed
    }
    t.equal(await recorded(world, [foreign]), before, `${title}, of another node: nothing changes`)
  }
  t.same(theirs.lines, [], 'nothing was put into their mouth')
  other.session.say('reply', { to: other.about.callId, ok: false, code: 'BUSY', message: 'no' })
  await t.rejects(
    theirs.line ?? Promise.resolve(),
    { code: 'AGENT_REFUSED' },
    'nor into their call'
  )

  for (const { title, row } of allRows.filter(
    ({ type }) => !/^(auth|hello|heartbeat)$/.test(type)
  )) {
    const { session, about } = await busy(world, alpha, own)
    const before = await recorded(world, ids)
    row.says(session, { ...nobodys, epoch: about.epoch })
    if (row.isProof) t.equal((await session.closed).code, 4400, `${title}, of nobody`)
    else await written(world, session, alpha)
    // A snapshot is the whole truth: the own server is not in it.
    const seen = title.startsWith('snapshot') ? [foreign] : ids
    if (seen === ids) t.equal(await recorded(world, seen), before, `${title}, of nobody`)
    t.equal(session.socket.readyState === session.socket.OPEN, !row.isProof, title)
    session.cut()
    await session.closed
  }
  t.equal(world.link.agents.newestStats(nobodys.serverId), undefined)
  t.equal(await world.db.prisma.server.count({ where: { id: nobodys.serverId } }), 0)
})

t.test('sixty 45: what a node says whose key was revoked, or that is in two places', async t => {
  const world = await openWorld(t)
  const { prisma } = world.db
  const alpha = await addMachine(world, 'alpha')
  const own = await addServer(world, alpha.nodeId)
  const kid = keyIdOf(alpha.keys.publicKey)
  for (const { title, row } of allRows) {
    const { session, about } = await busy(world, alpha, own)
    await prisma.agent.update({ where: { kid }, data: { revokedAt: new Date() } })
    const before = await recorded(world, [own])
    world.link.agents.revoke(alpha.nodeId)
    row.says(session, about)
    t.equal((await session.closed).code, 4403, `${title}, after a revocation`)
    t.equal(await recorded(world, [own]), before, `${title}: nothing changes`)
    await t.rejects(authenticate(alpha), { message: /^4403/ })
    await prisma.agent.update({ where: { kid }, data: { revokedAt: null } })
  }

  const { session: last, about } = await busy(world, alpha, own)
  last.cut()
  await last.closed
  await prisma.node.update({ where: { id: alpha.nodeId }, data: { status: 'QUARANTINED' } })
  for (const { title, row, type } of allRows) {
    const session = await authenticate(alpha)
    alpha.lastEpoch = session.epoch
    const before = await recorded(world, [own])
    row.says(session, { ...about, epoch: session.epoch })
    if (type === 'heartbeat') await row.does(world, session, about)
    await dealtWith(world, session, alpha)
    t.equal(await recorded(world, [own]), before, `${title}, in quarantine`)
    t.equal(session.socket.readyState, session.socket.OPEN, title)
    t.notOk(world.link.agents.isOnline(alpha.nodeId))
    session.cut()
    await session.closed
  }
  t.equal((await nodeRow(world, alpha.nodeId)).status, 'QUARANTINED')
})

t.test('every message of the sockets and of the agents is in the matrix', async t => {
  t.same(typesIn(ConsoleClientMessage), Object.keys(clientRules).sort())
  t.same(typesIn(ConsoleServerMessage), Object.keys(consoleRules).sort())
  t.same(typesIn(EventMessage), Object.keys(eventRules).sort())
  t.same([...messageTypes.agent, 'chunk', 'live'].sort(), Object.keys(agentRows).sort())
})
