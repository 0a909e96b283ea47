import { createHash } from 'node:crypto'
import bcrypt from 'bcrypt'
import type { Test } from 'tap'
import { defaultRoles } from '../../src/db/default-roles.ts'
import { codeAt, setUpTotp, stepNow } from '../access-world.ts'
import { addGameNode, type GameAgent } from '../game-agent.ts'
import { buildPanel, type Json, type Person, stranger, type TestPanel } from '../helper.ts'
import { testAdmin } from '../test-database.ts'
import type { ActorName, FuzzRequest } from './requests.ts'
import type { RawAnswer, RawRequest } from './send.ts'

export interface FuzzWorld {
  panel: TestPanel
  /** Puts back what requests have ended or used up: people, logins, a node that is there, things of each kind. */
  tend(): Promise<void>
  /** As it goes over the wire now. */
  resolve(request: FuzzRequest, number: number): RawRequest
  /** Remembers of an answer what later requests may use. */
  learn(request: FuzzRequest, answer: RawAnswer): void
}

const KEEPER = 'fuzz.keeper'
const people = [
  { name: 'admin', username: 'fuzz.admin', role: 'ADMIN' },
  { name: 'user', username: 'fuzz.user', role: 'USER' }
] as const
const PASSWORD = testAdmin.password
const nobodysId = '0190b5ad-0000-7000-8000-0000000000ff'
/** So many of a kind are there to be chosen from. */
const MOST_OF_A_KIND = 40
const sample = {
  ...{ cpuPercent: 1, memoryMiB: 2, networkRxBytes: 3, networkTxBytes: 4 },
  ...{ diskMiB: 5, uptimeSeconds: 6 }
}
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

export async function openFuzzWorld(t: Test): Promise<FuzzWorld> {
  const panel = await buildPanel(t, {
    // Addresses come by X-Forwarded-For: a login may come from any, and none is told to wait.
    env: { RATE_LIMIT_PER_MINUTE: '0', SESSION_IP_POLICY: 'off', TRUSTED_PROXIES: '127.0.0.1' }
  })
  const { prisma } = panel.db
  // Comparing with it costs a hundredth of what the panel's own do.
  const passwordHash = await bcrypt.hash(PASSWORD, 4)
  const keySecret = `cap_${'k'.repeat(43)}`
  const pools = new Map<string, readonly string[]>()
  const cookies = new Map<ActorName, string>()
  const totpSecrets = new Map<ActorName, string>()
  const counted = { nodes: 0, tends: 0, tokens: 0 }
  const machines: GameAgent[] = []
  let agent: GameAgent | undefined
  let likelyAltId = nobodysId

  const { id: keeperId } = await prisma.user.create({ data: await dataOf(KEEPER, 'ADMIN') })
  const keeper = await login(keeperId)

  async function dataOf(username: string, roleName: string) {
    const role = await prisma.role.findUniqueOrThrow({ where: { name: roleName } })
    return { username, email: `${username}@example.invalid`, passwordHash, roleId: role.id }
  }

  /** Without the route, which would make a hash each time. */
  async function login(userId: string): Promise<Person> {
    const expiresAt = new Date(Date.now() + 3_600_000)
    const session = await prisma.session.create({ data: { userId, ip: '127.0.0.1', expiresAt } })
    const token = panel.app.jwt.sign({ sid: session.id }, { expiresIn: 900 })
    return stranger(panel.url, `ctrl_alt_play_session=${token}`)
  }

  async function restoreRoles(): Promise<void> {
    const permissions = await prisma.permission.findMany()
    const { id: roleId } = await prisma.role.update({
      where: { name: 'USER' },
      data: { requiresTotp: false }
    })
    await prisma.role.updateMany({ where: { name: 'ADMIN' }, data: { requiresTotp: false } })
    const grants = defaultRoles.find(({ name }) => name === 'USER')?.grants ?? new Map()
    await prisma.rolePermission.deleteMany({ where: { roleId } })
    await prisma.rolePermission.createMany({
      data: permissions.flatMap(({ id, name }) => {
        const scope = grants.get(name as never)
        return scope ? [{ roleId, permissionId: id, scope }] : []
      })
    })
  }

  async function restorePerson({ name, username, role }: (typeof people)[number]) {
    const usual = {
      disabledAt: null,
      deletingSince: null,
      mustChangePassword: false,
      totpSecret: null,
      serverLimit: null
    }
    const { email: _, ...data } = await dataOf(username, role)
    const email = `${username}.${Date.now()}@example.invalid`
    const { id } = await prisma.user.upsert({
      where: { username },
      update: { ...data, ...usual },
      create: { ...data, ...usual, email }
    })
    await prisma.userPermission.deleteMany({ where: { userId: id, effect: 'DENY' } })
    const person = await login(id)
    // Every second time there is a second factor, so that what needs one is reached as well.
    if (name === 'user' && counted.tends % 2 === 1) {
      totpSecrets.set(name, (await setUpTotp(panel, person)).secret)
    }
    cookies.set(name, person.cookie)
    return id
  }

  async function restoreKey(userId: string): Promise<void> {
    const secretHash = sha256(keySecret)
    const data = { name: 'of the fuzzing', userId, revokedAt: null, expiresAt: null }
    const rest = { allPermissions: true, allowedIps: [] }
    await prisma.apiKey.upsert({
      where: { secretHash },
      update: { ...data, ...rest },
      create: { ...data, ...rest, secretHash }
    })
  }

  async function restoreNode(): Promise<GameAgent> {
    const row = agent && (await prisma.node.findUnique({ where: { id: agent.nodeId } }))
    const isOpen = agent?.session.socket.readyState === agent?.session.socket.OPEN
    if (agent && row?.status === 'ONLINE' && isOpen) {
      await prisma.node.update({ where: { id: row.id }, data: { maintenance: false } })
      return agent
    }
    counted.nodes += 1
    agent = await addGameNode(panel, keeper, `fuzz-node-${counted.nodes}`)
    machines.push(agent)
    return agent
  }

  async function restoreServers(
    { nodeId, print, say }: GameAgent,
    ownerId: string
  ): Promise<string[]> {
    const free = await prisma.allocation.count({ where: { nodeId, serverId: null } })
    if (free < 5) {
      const { _max } = await prisma.allocation.aggregate({
        where: { nodeId },
        _max: { port: true }
      })
      const from = Math.min(_max.port ?? 20_000, 60_000) + 1
      const data = Array.from({ length: 20 }, (_, at) => ({
        nodeId,
        ip: '0.0.0.0',
        port: from + at
      }))
      await prisma.allocation.createMany({ data, skipDuplicates: true })
    }
    const known = await prisma.alt.findUnique({ where: { id: likelyAltId } })
    const alt = known ?? (await newAlt())
    likelyAltId = alt.id
    const where = { nodeId, ownerId, deletedAt: null, suspendedAt: null }
    const there = await prisma.server.findMany({ where, select: { id: true }, take: 3 })
    const ids = there.map(({ id }) => id)
    while (ids.length < 3) {
      const { id } = await prisma.server.create({
        data: {
          ...{ name: 'World', nodeId, ownerId, altId: alt.id, dockerImage: 'game:1' },
          ...{ startup: '/game', memoryMiB: 64, cpuPercent: 10, diskMiB: 64 },
          ...{ installState: 'DONE', status: 'STOPPED' }
        }
      })
      print(id, 'a first line', 'a second line')
      say('stats', { servers: [{ serverId: id, at: new Date().toISOString(), ...sample }] })
      ids.push(id)
    }
    return ids
  }

  async function newAlt() {
    const { id: ctrlId } = await prisma.ctrl.create({ data: { name: `fuzz ${Date.now()}` } })
    return prisma.alt.create({
      data: { ctrlId, name: 'Game', dockerImage: 'game:1', startup: '/game' }
    })
  }

  async function restoreSharing(serverId: string, invitedById: string, userId: string) {
    const invitee = people[1].username
    const expiresAt = new Date(Date.now() + 3_600_000)
    const invitation = { serverId, invitee, invitedById, permissions: ['server-view'], expiresAt }
    await prisma.invitation.deleteMany({ where: { serverId, invitee } })
    await prisma.invitation.create({ data: invitation })
    const member = await prisma.user.findFirst({
      where: { username: { not: KEEPER }, id: { notIn: [invitedById, userId] } },
      orderBy: { id: 'desc' }
    })
    const permission = await prisma.permission.findFirstOrThrow({ where: { name: 'server-view' } })
    if (!member) return
    await prisma.userPermission.createMany({
      data: [{ userId: member.id, permissionId: permission.id, serverId }],
      skipDuplicates: true
    })
  }

  async function newMailTokens(userId: string): Promise<string[]> {
    counted.tokens += 1
    const made = (['PASSWORD_RESET', 'EMAIL_CHANGE'] as const).map(purpose => {
      return { purpose, secret: `fuzz-${purpose}-${counted.tokens}` }
    })
    await prisma.mailToken.createMany({
      data: made.map(({ purpose, secret }) => ({
        ...{ userId, purpose, secretHash: sha256(secret) },
        email: `fuzz.${counted.tokens}@example.invalid`,
        expiresAt: new Date(Date.now() + 600_000)
      }))
    })
    return made.map(({ secret }) => secret)
  }

  async function fillPools(): Promise<void> {
    const newest = { orderBy: { id: 'desc' }, take: MOST_OF_A_KIND } as const
    const users = await prisma.user.findMany({ ...newest, where: { username: { not: KEEPER } } })
    const roles = await prisma.role.findMany(newest)
    const ids = (rows: { id: string }[]) => rows.map(({ id }) => id)
    const ofUsers = { where: { userId: { not: keeperId } } }
    pools.set('user', ids(users))
    pools.set(
      'username',
      users.flatMap(({ username, email }) => [username, email])
    )
    pools.set('role', ids(roles))
    pools.set('roleName', ['USER', 'USER', ...roles.map(({ name }) => name)])
    pools.set('server', ids(await prisma.server.findMany(newest)))
    pools.set('node', ids(await prisma.node.findMany(newest)))
    pools.set('alt', ids(await prisma.alt.findMany(newest)))
    pools.set('ctrl', ids(await prisma.ctrl.findMany(newest)))
    pools.set('allocation', ids(await prisma.allocation.findMany(newest)))
    pools.set('command', ids(await prisma.command.findMany(newest)))
    pools.set('invitation', ids(await prisma.invitation.findMany(newest)))
    pools.set('session', ids(await prisma.session.findMany({ ...newest, ...ofUsers })))
    pools.set('apiKey', ids(await prisma.apiKey.findMany({ ...newest, ...ofUsers })))
    pools.set(
      'login',
      people.map(({ username }) => username)
    )
    pools.set('likelyNode', agent ? [agent.nodeId] : [])
    pools.set('likelyAlt', [likelyAltId])
    pools.set('password', [PASSWORD, PASSWORD, PASSWORD, 'another good one', 'ü'.repeat(36)])
  }

  /** What is remembered is the newest of it. */
  function remember(kind: string, text: unknown): void {
    if (typeof text !== 'string') return
    pools.set(kind, [text, ...(pools.get(kind) ?? [])].slice(0, MOST_OF_A_KIND))
  }

  function filled<T>(value: T, actor: ActorName): T {
    if (typeof value === 'string') return filledText(value, actor) as T
    if (Array.isArray(value)) return value.map(part => filled(part, actor)) as T
    if (typeof value !== 'object' || value === null) return value
    const copy = {}
    for (const key of Object.keys(value)) {
      const part = filled((value as Json)[key], actor)
      Object.defineProperty(copy, key, { value: part, enumerable: true })
    }
    return copy as T
  }

  function filledText(text: string, actor: ActorName): string {
    return text.replace(/«(\w+):(\d+)»/g, (_, kind: string, at: string) => {
      const secret = totpSecrets.get(actor)
      if (kind === 'code') return secret && Number(at) < 40 ? codeAt(secret, stepNow()) : '000000'
      const pool = pools.get(kind) ?? []
      return pool[Number(at) % Math.max(1, pool.length)] ?? nobodysId
    })
  }

  function headersOf({ actor, headers }: FuzzRequest, number: number): Record<string, string> {
    const cookie = cookies.get(actor)
    return {
      'x-forwarded-for': `198.${18 + (number % 2)}.${(number >> 8) % 256}.${number % 256}`,
      ...(cookie && { cookie }),
      ...(actor === 'key' && { authorization: `Bearer ${keySecret}` }),
      ...headers
    }
  }

  return {
    panel,
    async tend() {
      counted.tends += 1
      for (const machine of machines) machine.beat()
      await restoreRoles()
      const [adminId, userId] = [await restorePerson(people[0]), await restorePerson(people[1])]
      await restoreKey(adminId)
      const [serverId] = await restoreServers(await restoreNode(), userId)
      await restoreServers(await restoreNode(), adminId)
      if (serverId) {
        await restoreSharing(serverId, userId, adminId)
        await prisma.server.update({ where: { id: serverId }, data: { status: 'RUNNING' } })
      }
      for (const token of await newMailTokens(userId)) remember('token', token)
      await fillPools()
    },
    resolve(request, number) {
      const { operation, actor, query, tail, body } = request
      const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
        return filledText(request.params[name] ?? '', actor)
      })
      const pairs = query.map(([name, value]) => `${name}=${inQuery(filled(value, actor))}`)
      const search = [...pairs, tail].filter(Boolean).join('&')
      const contentType = body && ('value' in body ? 'application/json' : body.contentType)
      const headers = headersOf(request, number)
      if (contentType !== undefined && body) headers['content-type'] = contentType
      return {
        method: operation.method,
        path: search ? `${path}?${search}` : path,
        headers,
        body: body && ('value' in body ? JSON.stringify(filled(body.value, actor)) : body.text)
      }
    },
    learn({ operation, actor }, { status, text }) {
      const [line = ''] = text.split('\n')
      // A file that is JSON begins with a line that is none.
      if (status >= 300 || !line.startsWith('{') || !line.endsWith('}')) return
      const body = JSON.parse(line)
      if (operation.id === 'postAuthTotp') totpSecrets.set(actor, body.secret)
      remember('cursor', body.nextCursor)
      remember('token', body.enrollment?.token)
    }
  }
}

/** A lone surrogate has no bytes: it is sent as what decoders make of it. */
function inQuery(value: unknown): string {
  return encodeURIComponent(Buffer.from(String(value)).toString())
}
