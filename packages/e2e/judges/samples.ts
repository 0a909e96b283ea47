import type { Route } from '../test/world/described-routes.ts'
import { PASSWORD } from '../test/world/world.ts'
import type { Identity } from './actors.ts'
import { isFatal, type Samples } from './operations.ts'
import { placeholders } from './placeholders.ts'
import type { Things } from './things.ts'

const { next, port } = placeholders
const LATER = '2096-01-01T00:00:00Z'

/** Requests of the panel that work. What is destroyed is not what the others are about. */
export function samplesOf(options: {
  identity: Identity
  things: Things
  doomed: Things
  cursors: Map<string, string>
}): Samples {
  const { identity, things, doomed, cursors } = options
  const bodies = bodiesFor(identity, things)
  const queries = queriesFor(identity, things)
  return {
    id(collection, route) {
      // What is accepted cannot be declined.
      const among = isFatal(route) && !route.url.endsWith('/decline') ? doomed : things
      const name = collectionOf(collection, route)
      const id = among[name]
      if (id === undefined) throw new Error(`${route.url}: the judges need a real one of ${name}`)
      return id
    },
    query(name, { url, query }) {
      if (name === 'cursor') return cursors.get(url)
      const {
        enum: choices,
        anyOf,
        default: usual
      } = query[name] as Route['query'][string] & {
        default?: string | number
      }
      const [choice] = choices ?? anyOf?.[0]?.enum ?? []
      return queries[name] ?? usual ?? (choice as string | undefined)
    },
    body: ({ method, url }) => bodies[`${method} ${url}`]
  }
}

function collectionOf(collection: string, route: Route): string {
  if (route.url.startsWith('/api/v1/auth/sessions/')) return 'own-sessions'
  if (route.url.startsWith('/api/v1/invitations/')) return 'own-invitations'
  if (collection === 'nodes' && isFatal(route) && !route.url.includes('allocations')) {
    return 'spare-nodes'
  }
  if (collection === 'ctrls' && isFatal(route)) return 'spare-ctrls'
  if (collection === 'allocations' && route.url.includes('/servers/')) return 'own-ports'
  return collection
}

function queriesFor({ id }: Identity, things: Things): Record<string, string | number | boolean> {
  return {
    ...{ limit: 5, after: 0, search: 'a', free: false, force: true, queue: true },
    ...{ actorId: id, actorType: 'USER', action: 'auth.login', targetType: 'user', targetId: id },
    ...{ from: '2020-01-01T00:00:00Z', to: LATER, servers: 'delete' },
    ...{ nodeId: things.nodes ?? '', ownerId: id, altId: things['game-alts'] ?? '' },
    ...{ ctrlId: things.ctrls ?? '', replaceWith: things.roles ?? '' }
  }
}

function bodiesFor(identity: Identity, things: Things): Record<string, unknown> {
  const proof = { currentPassword: PASSWORD, code: '123456' }
  const text = { name: `judged ${next}`, description: 'Something of a judge' }
  const email = `judged.${next}@example.invalid`
  const grants = { permissions: { 'server-view': 'OWN' }, requiresTotp: false }
  const some = { permissions: ['server-view'] }
  const node = { name: `judged ${next}`, ipAddress: '127.0.0.1' }
  const user = { username: `judged_${next}`, email, role: 'USER', serverLimit: 3 }
  const limits = { memoryMiB: 64, cpuPercent: 50, diskMiB: 128, swapMiB: 0, pidsLimit: 64 }
  const alt = {
    ...{
      ctrlId: things.ctrls,
      ...text,
      dockerImage: 'simulated/game:1',
      startup: '/game --port 1'
    },
    ...{ dockerImages: { newest: 'simulated/game:2' }, startupMode: 'ARGV', features: ['eula'] },
    config: {
      ...{ done: ['ready'], tty: false, readOnlyRoot: true },
      stop: { type: 'command', value: 'stop', graceSeconds: 10 }
    },
    install: { image: 'simulated/game:1', entrypoint: '/bin/sh', script: 'true' },
    variables: [
      {
        ...{ name: 'Players', envVariable: 'MAX_PLAYERS', description: 'How many' },
        ...{ defaultValue: '8', rules: 'required|integer|between:1,64' },
        ...{ userViewable: true, userEditable: true }
      }
    ]
  }
  const content = JSON.stringify({
    ...{ meta: { version: 'PLCN_v1' }, ...text, startup: alt.startup, variables: [] },
    ...{ docker_images: { game: alt.dockerImage }, config: { files: {}, stop: 'stop' } }
  })
  const permissions = [
    {
      ...{ permission: 'server-view', effect: 'ALLOW' },
      ...{ serverId: things.servers, expiresAt: LATER }
    }
  ]
  const machine = { hostname: 'judged', os: 'linux', arch: 'x64', agentVersion: '1' }
  return {
    'POST /api/v1/auth/login': { username: identity.username, password: PASSWORD, totp: '123456' },
    'POST /api/v1/auth/password': { ...proof, newPassword: 'incorrect horse battery' },
    'POST /api/v1/auth/password-reset': { email },
    'POST /api/v1/auth/password-reset/confirm': {
      ...{ token: 'x'.repeat(43), newPassword: 'incorrect horse battery' }
    },
    'POST /api/v1/auth/email': { newEmail: email, ...proof },
    'POST /api/v1/auth/email/confirm': { token: 'x'.repeat(43) },
    'POST /api/v1/auth/totp': { currentPassword: PASSWORD },
    'DELETE /api/v1/auth/totp': proof,
    'POST /api/v1/auth/totp/confirm': { code: '123456' },
    'POST /api/v1/auth/totp/recovery-codes': proof,
    'POST /api/v1/api-keys': {
      ...{ name: 'judged', ...some, allowedIps: ['127.0.0.1'], expiresAt: LATER, ...proof }
    },
    'POST /api/v1/roles': { ...text, ...grants },
    'PATCH /api/v1/roles/{id}': { ...text, ...grants },
    'PUT /api/v1/users/{id}/permissions': { permissions },
    'POST /api/v1/servers/{id}/members': { invite: `nobody-${next}`, ...some },
    'PATCH /api/v1/servers/{id}/members/{userId}': some,
    'POST /api/v1/users': { ...user, password: PASSWORD },
    'PATCH /api/v1/users/{id}': { ...user, disabled: false, mustChangePassword: false },
    'POST /agent/v1/enroll': {
      ...{ token: `cap_${'0'.repeat(32)}.${'A'.repeat(43)}`, publicKey: `${'A'.repeat(43)}=` },
      ...{ proof: `${'A'.repeat(86)}==`, machine: { ...machine, cpuCores: 1, memoryTotalMiB: 1 } }
    },
    'POST /api/v1/nodes': node,
    'PATCH /api/v1/nodes/{id}': { ...node, maintenance: false },
    'POST /api/v1/nodes/{id}/allocations': {
      ...{ ip: '127.0.0.1', ports: String(port), protocol: 'udp' }
    },
    'POST /api/v1/servers/{id}/allocations': { port, protocol: 'udp' },
    'POST /api/v1/ctrls': text,
    'PATCH /api/v1/ctrls/{id}': text,
    'POST /api/v1/alts': alt,
    'PATCH /api/v1/alts/{id}': { ...text, startup: alt.startup, dockerImage: alt.dockerImage },
    'POST /api/v1/ctrls/{id}/alts/import': { content },
    'POST /api/v1/ctrls/{id}/alts/import-many': { files: [{ name: 'egg.json', content }] },
    'POST /api/v1/servers': {
      ...{
        name: text.name,
        altId: things['game-alts'],
        nodeId: things.nodes,
        ownerId: identity.id
      },
      ...{ ...limits, dockerImage: 'simulated/game:1', environment: {} },
      ...{ ports: [{ port, protocol: 'udp' }], start: false, queue: true }
    },
    'PATCH /api/v1/servers/{id}': {
      ...{ name: text.name, ownerId: identity.id, suspended: false, ...limits },
      environment: {}
    },
    'POST /api/v1/servers/{id}/power': { action: 'start', queue: true },
    'POST /api/v1/servers/{id}/reinstall': { wipe: false, queue: true },
    'POST /api/v1/servers/{id}/console': { command: 'say hello' }
  }
}
