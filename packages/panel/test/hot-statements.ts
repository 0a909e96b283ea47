import { absentReport } from '@ctrl-alt-play/protocol'
import { createAgentKeysRepo } from '../src/agents/agent-keys.repo.ts'
import { createCommandsRepo } from '../src/agents/commands.repo.ts'
import { createConsoleRepo } from '../src/agents/console.repo.ts'
import { createLogRetention } from '../src/agents/log-retention.ts'
import { writeSamples } from '../src/agents/metrics.repo.ts'
import { createNodeSessionsRepo } from '../src/agents/node-sessions.repo.ts'
import { createServerEventsRepo } from '../src/agents/server-events.repo.ts'
import { createStatusesRepo } from '../src/agents/statuses.repo.ts'
import type { Prisma } from '../src/db/generated/client.ts'
import { runRetention } from '../src/db/retention.ts'
import { createAudit } from '../src/features/audit/audit.ts'
import { createActorsRepo } from '../src/features/auth/actors.repo.ts'
import { createAuthRepo } from '../src/features/auth/auth.repo.ts'
import { createLocalNodeRepo } from '../src/features/local-node/local-node.repo.ts'
import { mailTokens } from '../src/features/mail/mail-tokens.ts'
import { createInvitationsRepo } from '../src/features/members/invitations.repo.ts'
import { createMembersRepo } from '../src/features/members/members.repo.ts'
import { createNodesRepo } from '../src/features/nodes/nodes.repo.ts'
import { createOverridesRepo } from '../src/features/permissions/overrides.repo.ts'
import { createRolesRepo } from '../src/features/roles/roles.repo.ts'
import { createLifecycleRepo } from '../src/features/servers/lifecycle.repo.ts'
import { createPlacementRepo } from '../src/features/servers/placement.repo.ts'
import { createServerChangesRepo } from '../src/features/servers/server-changes.repo.ts'
import { createServerPortsRepo } from '../src/features/servers/server-ports.repo.ts'
import { createWantedRepo } from '../src/features/servers/wanted.repo.ts'
import { createTemplatesRepo } from '../src/features/templates/templates.repo.ts'
import { createLeavingRepo } from '../src/features/users/leaving.repo.ts'
import { createUserChangesRepo } from '../src/features/users/user-changes.repo.ts'
import { takenName } from '../src/features/users/user-names.ts'
import { createIdempotencyRepo } from '../src/plugins/idempotency.repo.ts'
import { machineFacts, resources } from './fake-agent.ts'
import { idOf } from './full-database.ts'
import type { TestPanel } from './helper.ts'
import { silentLog } from './postgres-settings.ts'
import { testVault } from './test-vault.ts'

type Tx = Prisma.TransactionClient

const numbers = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n)
const nodes = numbers(100, 20).map(n => idOf('node', n))
const servers = numbers(100, 20).map(n => idOf('server', n))
const [node = '', otherNode = ''] = nodes
const [server = '', otherServer = ''] = servers
const user = idOf('user', 100)
const fences = nodes.map(nodeId => ({ nodeId, epoch: 0 }))
const [fence = { nodeId: '', epoch: 0 }] = fences
const long = new Date(Date.now() - 3_600_000)
/** Of so many days some thousands of the rows are too old. */
const days = 11.5
const machine = { ...machineFacts }
const now = () => new Date().toISOString()

/**
 * What the panel asks its database by itself, for each message of an agent, for each request, or while
 * others wait: the repos' own functions, by what they do.
 */
export function hotStatements({ db, databaseUrl, app }: TestPanel): [string, () => unknown][] {
  const { pool } = db
  const audit = createAudit(db, app.log)
  const sessions = createNodeSessionsRepo(pool)
  const commands = createCommandsRepo(pool)
  const statuses = createStatusesRepo(pool)
  const consoles = createConsoleRepo(pool)
  const keys = createAgentKeysRepo(pool)
  const wanted = createWantedRepo(db, testVault, silentLog)
  const leaving = createLeavingRepo(db)
  const actors = createActorsRepo(db)
  const auth = createAuthRepo(db, audit)
  const idempotency = createIdempotencyRepo(db)
  const users = createUserChangesRepo(db)
  const members = createMembersRepo(db)
  const invitations = createInvitationsRepo(db)
  const changes = createServerChangesRepo(db, testVault)
  const lifecycle = createLifecycleRepo(db)
  const ports = createServerPortsRepo()
  const placement = createPlacementRepo()
  const local = createLocalNodeRepo(db)
  const overrides = createOverridesRepo(db)
  const stats = servers.map(serverId => ({
    ...{ serverId, at: now(), cpuPercent: 1, memoryMiB: 1, networkRxBytes: 1, networkTxBytes: 1 },
    ...{ diskMiB: 1, uptimeSeconds: 1 }
  }))
  const inTransaction = (work: (tx: Tx) => Promise<unknown>) => () => db.transaction(work)
  const command = idOf('command', 199_900)
  const open = { id: command, ...fence }

  return [
    ['heartbeats', () => sessions.beat(fences.map(one => ({ ...one, resources: resources() })))],
    ['a node comes', () => sessions.claim([{ nodeId: node, kid: 'kid 100', lastEpoch: 0 }], 'one')],
    [
      'nodes say what they are',
      () => sessions.describe([{ ...fence, kid: 'kid 100', machine, journalLost: false }])
    ],
    ['a node is seen', () => sessions.touch(node)],
    ['nodes that were heard', () => sessions.listHeard()],
    ['nodes fall silent', () => sessions.markSuspect(fences)],
    ['nodes are lost', () => sessions.markUnreachable(fences.slice(0, 2))],
    ['a node is not believed', () => sessions.quarantine({ nodeId: otherNode, kid: 'kid 101' })],
    ['keys of agents', () => keys.findMany(['kid 100', 'kid 101'])],
    ['a new key', () => keys.promote({ kid: 'kid 100', nodeId: node })],
    [
      'a key to come',
      () => keys.addPending(fence, { oldKid: 'kid 100', kid: 'to come', publicKey: 'key' })
    ],
    ['keys that were revoked', () => keys.revokedLately()],
    [
      'what servers are',
      () => statuses.write(servers.map(id => ({ ...fence, report: absentReport(id) })))
    ],
    ['where servers are', () => statuses.nodesOf(servers)],
    ['servers of nodes', () => statuses.serversOf(nodes)],
    [
      'samples',
      () => writeSamples(pool, { servers: stats, nodes: new Map([[node, resources()]]) })
    ],
    [
      'what happened to a server',
      () =>
        createServerEventsRepo(pool).insert(fence, 'instance', [
          { seq: 1, serverId: server, at: now(), code: 'STARTED', message: 'it runs' }
        ])
    ],
    ['where consoles end', () => consoles.ends(servers)],
    [
      'a console grows',
      () => {
        const text = Buffer.from('x')
        const lines = [{ atMs: Date.now(), stream: 'stdout' as const, continued: false, text }]
        const chunks = [{ start: 0, end: 2, gapBefore: 0, lines }]
        return consoles.append([{ ...fence, serverId: server, from: 0, chunks }])
      }
    ],
    ['a console is read', () => consoles.chunks(idOf('server', 1), 40_000, 16)],
    ['what is wanted of nodes', () => Promise.all(nodes.map(id => wanted.ofNode(id)))],
    ['what is wanted of servers', () => Promise.all(servers.map(id => wanted.ofServer(id)))],
    ['how a server is installed', () => wanted.install(server)],
    ['commands by id', () => commands.findMany([command, idOf('command', 5)])],
    ['commands go on with a session', () => commands.adopt(fences)],
    ['commands are sent to nodes', () => commands.claimAll(fences)],
    ['commands are sent to a node', () => commands.claim(fence, 100)],
    ['commands that waited too long', () => commands.overdue(null)],
    ['those of some nodes', () => commands.overdue(nodes)],
    ['who has commands to get', () => commands.nodesWithQueued()],
    ['commands that got lost on the way', () => commands.unacknowledged(5_000, 500, 0)],
    ['commands of nodes that are gone', () => commands.orphaned()],
    ['open commands of a node', () => commands.openOf(node)],
    ['a command is taken', () => commands.acknowledge(open, command)],
    ['a command goes on', () => commands.progress(open, command, { phase: 'STARTING' } as never)],
    ['a command ends', () => commands.end(open, command, { step: 'succeeded', ending: {} })],
    [
      'a command ends with more',
      inTransaction(async tx => {
        await commands.finish(tx, { id: command, step: 'succeeded', fence }, {})
        await commands.requestCancel(tx, command)
        await commands.leaveStopped(tx, idOf('server', 1))
        const [row] = await commands.findMany([idOf('command', 5)])
        if (row) await commands.laterThan(tx, row)
        await lifecycle.whoInstalled(tx, idOf('server', 1))
        await changes.openDeletion(tx, idOf('server', 1))
      })
    ],
    [
      'a command is given',
      inTransaction(async tx => {
        const wantedStates = { desired: 'RUNNING', previousDesired: 'STOPPED' } as const
        const payload = { ...wantedStates, generation: 1, restartSeq: 0 }
        const told = { nodeId: node, serverId: server, kind: 'start', payload } as const
        await changes.lockFree(tx, servers)
        await changes.want(tx, [
          { id: server, wanted: { desired: 'RUNNING', generation: 2, restartSeq: 0 } }
        ])
        await commands.insert(tx, [{ ...told, actorId: user, ttlMs: 1_000 }])
      })
    ],
    ['a login is looked up', () => actors.findLogin(idOf('session', 50_000))],
    ['a login is used', () => actors.touchLogin(idOf('session', 50_000))],
    ['a key is looked up', () => actors.findKey('hash 20000')],
    ['a key is used', () => actors.touchKey(idOf('key', 20_000))],
    ['a user and their rights', () => actors.findPerson(user)],
    ['somebody logs in', () => auth.findAccount('Player100@example.invalid')],
    ['an account', () => auth.findAccountById(user)],
    ['known networks', () => auth.knowsNetwork(idOf('user', 1), () => false)],
    [
      'a request is repeated',
      async () => {
        const actorId = idOf('user', 6)
        const request = { id: idOf('kept', 90_000), actorId, key: 'key 5', route: '', bodyHash: '' }
        await idempotency.claim(request, 1_000)
        await idempotency.keep(request.id, { status: 200, sealedBody: '' })
        await idempotency.release(request.id)
        await idempotency.commandOf(actorId, 'key 5')
      }
    ],
    ['leaving users', () => leaving.ready()],
    ['servers of leaving users', () => leaving.serversToDelete(long)],
    ['deletions for a leaving user', () => leaving.openDeletions(idOf('user', 1), long)],
    [
      'a user is changed',
      inTransaction(async tx => {
        await takenName(tx, { username: 'new', email: 'new@example.invalid' }, user)
        await users.findRole(tx, 'USER')
        await users.lock(tx, user)
        await users.countOtherAdmins(tx, user)
        await users.serversOf(tx, user)
        await users.isLeaving(tx, user)
        await users.endLogins(tx, user)
        await users.voidLinks(tx, user)
        await overrides.lockUser(tx, user)
        await overrides.serversOf(tx, servers)
        await mailTokens.countSince(tx, user, 'PASSWORD_RESET', long)
        await mailTokens.take(tx, 'PASSWORD_RESET', 'a secret')
      })
    ],
    [
      'a server is made or changed',
      inTransaction(async tx => {
        await changes.lockOwner(tx, user)
        await changes.lock(tx, server)
        await changes.values(tx, server)
        await placement.nodes(tx, node)
        await ports.count(tx, idOf('node', 1))
        await ports.next(tx, idOf('node', 1))
        await ports.byNumbers(tx, idOf('node', 1), [2_000, 3_000])
        await ports.byIds(tx, [idOf('allocation', 5)])
        await changes.newestVersion(tx, idOf('alt', 1_000))
      })
    ],
    [
      'a server is shared',
      inTransaction(async tx => {
        await members.lockServer(tx, otherServer)
        await members.count(tx, otherServer)
        await members.find(tx, otherServer, user)
        await members.addRights(tx, otherServer, user, ['server-view'])
        await members.setRights(tx, otherServer, user, [])
        await invitations.removeExpired(tx, otherServer)
        await invitations.findByInvitee(tx, otherServer, 'somebody5')
        await invitations.lockSender(tx, user)
        await invitations.addressOf('Player7')
      })
    ],
    [
      'what hangs on a node or an alt',
      inTransaction(async tx => {
        const repo = createNodesRepo(db)
        await repo.serversOf(tx, node)
        await repo.revokeAgents(tx, idOf('node', 900))
        await createTemplatesRepo(db, testVault).serversOf(tx, idOf('alt', 3))
      })
    ],
    [
      "a role's users get another",
      inTransaction(tx => createRolesRepo(db).moveUsers(tx, idOf('role', 1), idOf('role', 2)))
    ],
    [
      'the node of the same machine',
      async () => {
        await local.find(node)
        await local.isTaken('node 5')
        await local.findAdmin()
        await local.findServer(server)
        await local.takenPorts(idOf('node', 1))
      }
    ],
    [
      'consoles are kept small',
      createLogRetention(pool, () => new Map([[idOf('server', 1), 1e9]]), {
        ...{ days, bytesPerServer: 20_000 }
      })
    ],
    [
      'what is too old goes',
      async () => {
        const logs = { days, bytesPerServer: 1_000 }
        const limits = { auditDays: days, metricDays: 14, commandDays: 69, logs }
        if (!(await runRetention(databaseUrl, limits))) throw new Error('another is at it')
      }
    ]
  ]
}
