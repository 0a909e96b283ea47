import type { Test } from 'tap'
import { WebSocket } from 'ws'
import { codeAt } from './app-codes.ts'
import { type Json, type Person, stranger, type TestPanel, until } from './helper.ts'
import { testAdmin } from './test-database.ts'

export { codeAt } from './app-codes.ts'

const STEP_MS = 30_000

export function stepNow(): number {
  return Math.floor(Date.now() / STEP_MS)
}

/** Early in a time step, so that what is asked next is answered in the same one. */
export async function earlyInStep(): Promise<number> {
  const isEarly = () => Date.now() % STEP_MS < (STEP_MS * 2) / 3
  await until('a time step begins', isEarly, STEP_MS)
  return stepNow()
}

/** As when the time of the codes that were used is over. */
export async function forgetSteps({ db }: TestPanel): Promise<void> {
  await db.prisma.user.updateMany({ data: { totpLastStep: null } })
}

/** Sets up a second factor through the API; its steps count as not used. */
export async function setUpTotp(
  panel: TestPanel,
  person: Person
): Promise<{ secret: string; recoveryCodes: string[] }> {
  const { password: currentPassword } = testAdmin
  const begun = await person.request('POST', '/api/v1/auth/totp', { currentPassword })
  const { secret } = begun.body
  const code = codeAt(secret, stepNow())
  const confirmed = await person.request('POST', '/api/v1/auth/totp/confirm', { code })
  if (confirmed.status !== 200) throw new Error(JSON.stringify([begun.body, confirmed.body]))
  await forgetSteps(panel)
  return { secret, recoveryCodes: confirmed.body.recoveryCodes }
}

/** A program with a key: no cookie, no Origin. */
export function withKey({ url }: Pick<TestPanel, 'url'>, secret: string): Person {
  const program = stranger(url)
  const headers = { authorization: `Bearer ${secret}` }
  return {
    cookie: '',
    request: (method, path, body, more) =>
      program.request(method, path, body, { ...headers, ...more })
  }
}

/** A server that is on no node: its console is there, and nothing in it. */
export async function addServerOf({ db }: TestPanel, ownerId: string): Promise<string> {
  const alt = await db.prisma.alt.findFirstOrThrow()
  const { id } = await db.prisma.server.create({
    data: {
      ...{ name: 'World', status: 'STOPPED', altId: alt.id, ownerId },
      ...{ dockerImage: alt.dockerImage, startup: alt.startup },
      ...{ memoryMiB: 256, cpuPercent: 50, diskMiB: 512 }
    }
  })
  return id
}

export const consoleOf = (serverId: string) => `/api/v1/servers/${serverId}/console`

interface Socket {
  socket: WebSocket
  heard: Json[]
  /** The code that it was closed with. */
  closed: Promise<number>
}

/** Rejects with the HTTP status when the panel does not let it in. */
export async function openSocket(
  t: Test,
  panel: TestPanel,
  path: string,
  headers: Record<string, string>
): Promise<Socket> {
  const socket = new WebSocket(panel.url.replace('http', 'ws') + path, {
    headers: { origin: panel.url, ...headers }
  })
  t.teardown(() => socket.terminate())
  const heard: Json[] = []
  socket.on('message', data => void heard.push(JSON.parse(String(data))))
  const closed = new Promise<number>(resolve => void socket.on('close', resolve))
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', reject)
    socket.once('unexpected-response', (_, response) => reject(new Error(`${response.statusCode}`)))
  })
  return { socket, heard, closed }
}

/** The code, and how long it took from `began` on. */
export async function closedAfter({ closed }: Socket, began: number) {
  const code = await closed
  return { code, ms: performance.now() - began }
}
