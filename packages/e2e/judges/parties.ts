import type { Json } from '../test/world/api.ts'
import { startSimulatedFleet } from '../test/world/fleet.ts'
import { unknownId } from '../test/world/invalid-input.ts'
import type { Teardown, World } from '../test/world/world.ts'
import { type Actor, type ActorOptions, createActor } from './actors.ts'
import type { Listener } from './listener.ts'
import { isFatal, type Operation, operationsOf, requestOf } from './operations.ts'
import { createFresh } from './placeholders.ts'
import { type Relay, startRelay } from './relay.ts'
import { samplesOf } from './samples.ts'
import { makeThings } from './things.ts'

/** Somebody in whose name the panel is attacked, what this one may do, and the way to the panel. */
export interface Party {
  actor: Actor
  operations: Operation[]
  /** Those that a browser might open. */
  pages: Operation[]
  relay: Relay
}

/** So that nothing but what is sent decides about an answer. */
export const panelSettings = {
  RATE_LIMIT_PER_MINUTE: '0',
  SESSION_IP_POLICY: 'off',
  // The relay comes as another stranger each time.
  TRUSTED_PROXIES: '127.0.0.1',
  LOG_LEVEL: 'error'
}

/** What a short look takes. */
const few = [
  ...['GET /api/v1/servers', 'GET /api/v1/users/{id}', 'PATCH /api/v1/ctrls/{id}'],
  'POST /api/v1/servers/{id}/console'
]

const SERVERS = 4

/** A party and all that is there, before it is known what is for it. */
interface Candidate {
  actor: Actor
  operations: Operation[]
}

/** An administrator by key; for what a key may not do, one by login; and a user. */
export async function callParties(
  t: Teardown,
  { world, listener, isQuick }: { world: World; listener: Listener; isQuick: boolean }
): Promise<Party[]> {
  const agents = isQuick ? 1 : 3
  const fleet = await startSimulatedFleet(t, world, { agents, servers: SERVERS })
  await fleet.untilConnected(60_000)
  const call = (index: number, who: ActorOptions) =>
    callOne(world, who, {
      nodeId: fleet.nodeIds[index] ?? '',
      serverIds: fleet.serverIds.slice(index * SERVERS, (index + 1) * SERVERS)
    })
  const partyOf = async (
    { actor, operations }: Candidate,
    pages: Operation[] = []
  ): Promise<Party> => {
    const alsoAllowed = [listener.url.slice(0, -1)]
    const relay = await startRelay(t, { target: world.url, actor, operations, alsoAllowed })
    return { actor, operations, pages, relay }
  }

  const [admin, login, user] = await Promise.all([
    call(0, { role: 'ADMIN', by: 'key' }),
    isQuick ? undefined : call(1, { role: 'ADMIN', by: 'cookie' }),
    isQuick ? undefined : call(2, { role: 'USER', by: 'key' })
  ])
  const refused = await namesRefused(world, admin)
  const byKey = admin.operations.filter(
    ({ name }) => !refused.has(name) && (!isQuick || few.includes(name))
  )
  const first = await partyOf({ ...admin, operations: byKey })
  if (!login || !user) return [first]

  const byLogin = login.operations.filter(({ name }) => refused.has(name))
  const tooMuch = await namesRefused(world, user)
  const gets = login.operations.filter(({ method }) => method === 'GET')
  const byUser = user.operations.filter(one => !one.isPublic && !tooMuch.has(one.name))
  return [
    first,
    await partyOf({ ...login, operations: byLogin }, gets),
    await partyOf({ ...user, operations: byUser })
  ]
}

async function callOne(
  world: World,
  who: ActorOptions,
  { nodeId, serverIds }: { nodeId: string; serverIds: string[] }
): Promise<Candidate> {
  const [kept = '', doomed = '', shared = '', shared2 = ''] = serverIds
  const giveServers = async (ownerId: string) => {
    if (who.role === 'ADMIN') return
    for (const id of [kept, doomed]) await world.admin.patch(`/api/v1/servers/${id}`, { ownerId })
  }
  const onRenewed = ({ id }: { id: string }) => giveServers(id)
  const actor = await createActor(world, { ...who, onRenewed })
  const identity = actor.current()
  await giveServers(identity.id)
  const own = { identity, nodeId }
  const [things, later] = await Promise.all([
    makeThings(world, { ...own, serverId: kept, sharedServerId: shared }),
    makeThings(world, { ...own, serverId: doomed, sharedServerId: shared2 })
  ])
  const samples = { identity, things, doomed: later }
  const first = await operationsOf(world.url, samplesOf({ ...samples, cursors: new Map() }))
  const cursors = await cursorsOf(world, actor, first)
  return { actor, operations: await operationsOf(world.url, samplesOf({ ...samples, cursors })) }
}

/** A real place in each list that has more than one thing. */
async function cursorsOf(
  world: World,
  actor: Actor,
  operations: Operation[]
): Promise<Map<string, string>> {
  const cursors = new Map<string, string>()
  for (const operation of operations) {
    const isList = operation.inputs.some(({ name }) => name === 'query.sort')
    if (operation.method !== 'GET' || !isList) continue
    const { path } = requestOf(operation, ({ value }) => String(value))
    const sort = operation.inputs.find(({ name }) => name === 'query.sort')?.value
    const [place] = path.split('?')
    const url = `${world.url}${place}?limit=1&sort=${sort}`
    const answer = await fetch(url, { headers: signed(actor) })
    const body: Json = await answer.json()
    if (typeof body.nextCursor === 'string') cursors.set(operation.url, body.nextCursor)
  }
  return cursors
}

const doors = new Set(['LOGIN_NEEDED', 'FORBIDDEN'])

/** Asks for each operation once; what would destroy something is asked about nothing. */
async function namesRefused(world: World, { actor, operations }: Candidate): Promise<Set<string>> {
  const fresh = createFresh()
  const names = new Set<string>()
  for (const operation of operations) {
    const { method, path, body } = requestOf(operation, ({ name, value }) =>
      isFatal(operation) && name.startsWith('path.') ? unknownId : fresh(String(value))
    )
    const answer = await fetch(world.url + path, {
      method,
      headers: {
        ...signed(actor),
        ...(body !== undefined && { 'content-type': 'application/json' })
      },
      ...(body !== undefined && { body: JSON.stringify(body) })
    })
    const text = await answer.text()
    if (answer.status === 403 && doors.has(JSON.parse(text).code)) names.add(operation.name)
  }
  return names
}

function signed(actor: Actor): Record<string, string> {
  const { secret } = actor.current()
  return { authorization: `Bearer ${secret}` }
}
