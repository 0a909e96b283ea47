import { fleetAlt } from '../fleet/nodes.ts'
import { type Json, login } from '../test/world/api.ts'
import { PIXEL } from '../test/world/pixel.ts'
import { until } from '../test/world/until.ts'
import { PASSWORD, type World } from '../test/world/world.ts'
import { addUser, type Identity } from './actors.ts'

/** Real things of the panel by the collection that they are in. */
export type Things = Record<string, string>

let made = 0

/** One of everything, for one actor: whatever happens to it, the other actors have theirs. */
export async function makeThings(
  world: World,
  {
    identity,
    nodeId,
    serverId,
    sharedServerId
  }: {
    identity: Identity
    nodeId: string
    serverId: string
    /** Somebody else's: the actor is invited to it. */
    sharedServerId: string
  }
): Promise<Things> {
  const { admin, url } = world
  made += 1
  const number = made
  const name = `thing ${number}`
  const ctrl = await admin.post('/api/v1/ctrls', { name })
  const spareCtrl = await admin.post('/api/v1/ctrls', { name: `spare ${name}` })
  const image = { dockerImage: 'simulated/game:1', startup: '/game', icon: PIXEL }
  const alt = await admin.post('/api/v1/alts', { ctrlId: ctrl.id, name, ...image })
  const role = await admin.post('/api/v1/roles', { name, permissions: {} })
  const friend = await addUser(world, 'USER')
  const friendly = await login(url, friend.username, PASSWORD)
  const spare = await admin.post('/api/v1/nodes', { name, ipAddress: '127.0.0.1' })
  await admin.post(`/api/v1/nodes/${nodeId}/allocations`, {
    ...{ ip: `127.0.1.${number}`, ports: '40000' }
  })
  const allocations: Json[] = (await admin.get(`/api/v1/nodes/${nodeId}/allocations?free=true`))
    .data
  const power = `/api/v1/servers/${serverId}/power`
  const { command } = await admin.post(power, { action: 'start' }, { prefer: 'wait=30' })
  await until('the game is measured', async () => {
    const { status } = await admin.request('GET', `/api/v1/servers/${serverId}/stats`)
    return status === 200
  })
  const own = { invite: friend.username, permissions: ['server-view'] }
  await admin.post(`/api/v1/servers/${serverId}/members`, own)
  const [waiting] = (await friendly.get('/api/v1/invitations')).data
  await friendly.post(`/api/v1/invitations/${waiting.id}/accept`)
  const invite = { invite: `somebody-${number}`, permissions: ['server-view'] }
  const invited = await admin.post(`/api/v1/servers/${serverId}/members`, invite)
  return {
    ...{
      ctrls: ctrl.id,
      'spare-ctrls': spareCtrl.id,
      alts: alt.id,
      versions: '1',
      icon: alt.icon.split('/').at(-1),
      roles: role.id,
      users: friend.id,
      members: friend.id
    },
    ...{ nodes: nodeId, 'spare-nodes': spare.node.id, servers: serverId, commands: command.id },
    allocations: allocations.find(({ ip }) => ip === `127.0.1.${number}`).id,
    'own-ports': (await admin.get(`/api/v1/servers/${serverId}`)).allocations[0].id,
    sessions: (await friendly.get('/api/v1/auth/sessions')).data[0].id,
    invitations: invited.id,
    'game-alts': (await fleetAlt(admin)).id,
    ...(await ownThings(world, identity, sharedServerId))
  }
}

/** What only who it belongs to can reach. */
async function ownThings(
  world: World,
  { id, username }: Identity,
  serverId: string
): Promise<Things> {
  const { url, admin, database } = world
  const other = await login(url, username, PASSWORD)
  const [key] = await database.query(
    `INSERT INTO "ApiKey" (id, "userId", name, "secretHash")
     VALUES (gen_random_uuid(), $1, 'spare', gen_random_uuid()::text) RETURNING id`,
    [id]
  )
  const invite = { invite: username, permissions: ['server-view'] }
  await admin.post(`/api/v1/servers/${serverId}/members`, invite)
  const invitations = (await other.get('/api/v1/invitations')).data
  const sessions = (await other.get('/api/v1/auth/sessions')).data
  return {
    'api-keys': String(key?.id),
    // Others are invited to theirs at the same time.
    'own-invitations': invitations.find(({ server }: Json) => server.id === serverId).id,
    'own-sessions': sessions.find(({ isCurrent }: Json) => isCurrent).id
  }
}
