import { login, type Person } from './api.ts'
import { act } from './servers.ts'
import { PASSWORD, type World } from './world.ts'

/** Somebody with one server of their own, whom all others are no concern of. */
export interface Tenant {
  username: string
  password: string
  userId: string
  person: Person
  serverId: string
  /** What has started the server. */
  commandId: string
}

export async function addTenant(
  world: World,
  server: { altId: string; nodeId: string }
): Promise<Tenant> {
  const username = 'neighbour'
  const email = `${username}@example.invalid`
  const { user } = await world.admin.post('/api/v1/users', { username, email, password: PASSWORD })
  const person = await login(world.url, username, PASSWORD)
  const { id: serverId } = await world.addServer({ ...server, name: 'Own', ownerId: user.id })
  const { id: commandId } = await act(person, serverId, 'start')
  return { username, password: PASSWORD, userId: user.id, person, serverId, commandId }
}

/** What belongs to somebody else. */
export interface Foreign {
  serverIds: readonly string[]
  commandIds: readonly string[]
}

/** P12: what a tenant can see or do of others' things, or cannot of their own. */
export async function trespasses(
  world: World,
  tenant: Tenant,
  { serverIds, commandIds }: Foreign
): Promise<string[]> {
  const { person, serverId, commandId, userId } = tenant
  const foreign = [
    ...serverIds.flatMap((id): Asked[] => [
      ['GET', `/api/v1/servers/${id}`],
      ['GET', `/api/v1/servers/${id}/logs`],
      ['POST', `/api/v1/servers/${id}/power`, { action: 'kill' }]
    ]),
    ...commandIds.flatMap((id): Asked[] => [
      ['GET', `/api/v1/commands/${id}`],
      ['POST', `/api/v1/commands/${id}/cancel`, {}]
    ])
  ]
  const own: Asked[] = [
    ['GET', `/api/v1/servers/${serverId}`],
    ['GET', `/api/v1/commands/${commandId}`]
  ]
  const answered = async (asked: Asked[], expected: number) =>
    (await Promise.all(asked.map(one => person.request(...one)))).flatMap(({ status }, at) => {
      const [method, path] = asked[at] ?? []
      return status === expected ? [] : [`${method} ${path}: ${status} instead of ${expected}`]
    })
  const { data } = await person.get('/api/v1/servers?limit=100')
  const listed = data.map(({ id }: { id: string }) => id).filter((id: string) => id !== serverId)
  const left = await world.database.query(
    `SELECT id FROM "Command" WHERE "actorId" = $1 AND "serverId" IS DISTINCT FROM $2`,
    [userId, serverId]
  )
  return [
    ...(await answered(foreign, 404)),
    ...(await answered(own, 200)),
    ...(listed.length > 0 ? [`${listed.length} servers of others are listed`] : []),
    ...(left.length > 0 ? [`${left.length} commands for servers of others`] : [])
  ]
}

/** While things go wrong: nobody may mistake them for somebody else then. */
export async function triesToKill({ person }: Tenant, serverId: string): Promise<void> {
  const path = `/api/v1/servers/${serverId}/power`
  const { status } = await person.request('POST', path, { action: 'kill' }).catch(noAnswer)
  if (status < 300 && status > 0) throw new Error(`P12: a game of others was killed: ${status}`)
}

const noAnswer = () => ({ status: 0 })

type Asked = [method: string, path: string, body?: unknown]
