import { createHash, randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { WebSocket } from 'ws'
import type { PermissionName } from '../src/features/permissions/catalog.ts'
import { addUser, type Json, login, type Person, stranger, type TestPanel } from './helper.ts'

/** Somebody who is logged in. */
export interface Somebody extends Person {
  id: string
  username: string
}

export async function somebody(
  panel: TestPanel,
  username: string,
  roleName = 'USER'
): Promise<Somebody> {
  const { id } = await addUser(panel, { username, roleName })
  return Object.assign(await login(panel, username), { id, username })
}

/** The same person by a key that carries only these. */
export async function keyOf(
  { db, url }: TestPanel,
  { id }: Somebody,
  permissions: PermissionName[]
): Promise<Person> {
  const secret = `cap_${randomBytes(32).toString('base64url')}`
  const secretHash = createHash('sha256').update(secret).digest('hex')
  await db.prisma.apiKey.create({
    data: { userId: id, name: 'of a test', secretHash, permissions, allPermissions: false }
  })
  const key = stranger(url)
  const headers = { authorization: `Bearer ${secret}` }
  return { ...key, request: (method, path, body) => key.request(method, path, body, headers) }
}

/** A server that is installed on no node. */
export async function serverOf(
  { db }: TestPanel,
  ownerId: string,
  name = 'a server'
): Promise<string> {
  const alt = await db.prisma.alt.findFirstOrThrow()
  const { id } = await db.prisma.server.create({
    data: {
      ...{ name, ownerId, altId: alt.id, dockerImage: alt.dockerImage, startup: 'game --port 1' },
      ...{ memoryMiB: 512, cpuPercent: 100, diskMiB: 1_024 },
      ...{ installState: 'DONE', status: 'STOPPED' }
    }
  })
  return id
}

export interface Ear {
  socket: WebSocket
  heard: Json[]
  closed: Promise<number>
}

/** Rejects with the HTTP status when the panel does not let it in. */
export async function openSocket(
  t: Test,
  panel: TestPanel,
  path: string,
  { cookie }: Pick<Person, 'cookie'>
): Promise<Ear> {
  const socket = new WebSocket(panel.url.replace('http', 'ws') + path, {
    headers: { origin: panel.url, cookie }
  })
  t.teardown(() => socket.terminate())
  const heard: Json[] = []
  socket.on('message', data => void heard.push(JSON.parse(String(data))))
  const closed = new Promise<number>(resolve => socket.on('close', resolve))
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
    socket.once('unexpected-response', (_, { statusCode }) => reject(new Error(`${statusCode}`)))
  })
  return { socket, heard, closed }
}
