import { type Json, login } from './api.ts'
import { patience } from './config.ts'
import type { Tenant } from './tenant.ts'
import { until } from './until.ts'
import { upgrade } from './upgrade.ts'
import type { World } from './world.ts'

/** A login that will be revoked, with a console open. */
export interface Guest {
  /** Resolves with when it is certain that it is revoked; whatever is in the way is tried again. */
  revoke(how: 'asked' | 'behind'): Promise<number>
  /** P13: what it still opens so long after; `sinceMs`: it is revoked, and the panel answers. */
  leftOpen(sinceMs: number): Promise<string[]>
}

const GONE_MS = 5_000 * patience

export async function addGuest(world: World, tenant: Tenant): Promise<Guest> {
  const { url, database } = world
  const person = await login(url, tenant.username, tenant.password)
  const { data } = await person.get('/api/v1/auth/sessions')
  const sessionId = data.find((session: Json) => session.isCurrent).id
  const path = `/api/v1/servers/${tenant.serverId}`
  const visit = await person.socket(`${path}/console`)
  visit.say({ type: 'subscribe' })
  await until('the console is shown', () => visit.received.some(({ type }) => type === 'status'))
  let isClosed = false
  const noteClosed = () => {
    isClosed = true
  }
  visit.closed.then(noteClosed, noteClosed)

  async function end(how: 'asked' | 'behind'): Promise<boolean> {
    if (how === 'asked') {
      const { status } = await tenant.person.request('DELETE', `/api/v1/auth/sessions/${sessionId}`)
      // Done by an earlier attempt, whose answer was lost.
      return status === 204 || status === 404
    }
    await database.query('UPDATE "Session" SET "revokedAt" = now() WHERE id = $1', [sessionId])
    return true
  }

  return {
    async revoke(how) {
      await until('the login is revoked', () => end(how), { deadlineMs: 120_000 })
      return Date.now()
    },
    async leftOpen(sinceMs) {
      let seen: number | undefined
      const isShut = async (): Promise<boolean> => {
        seen = (await person.request('GET', path)).status
        return seen === 401 && isClosed
      }
      const deadlineMs = Math.max(100, sinceMs + GONE_MS - Date.now())
      await until('it has ended', isShut, { deadlineMs, everyMs: 100 }).catch(() => undefined)
      const headers = { origin: url, cookie: person.cookie() }
      const again = await upgrade(`${url}${path}/console`, { headers })
      again.socket.terminate()
      visit.close()
      return [
        ...(seen === 401 ? [] : [`its requests are answered with ${seen}`]),
        ...(isClosed ? [] : ['its console is open']),
        ...(again.status === 401 ? [] : [`another console is answered with ${again.status}`])
      ]
    }
  }
}
