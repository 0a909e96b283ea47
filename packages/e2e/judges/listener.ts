import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Teardown } from '../test/world/world.ts'

/** Stands in for the server that wapiti has on the Internet: whoever is made to fetch something comes here. */
export interface Listener {
  /** With a slash at its end. */
  url: string
  /** Who came, but for the judge that asks whether somebody did. */
  visits: string[]
}

interface Visit {
  url: string
  date: string
  ip: string
  method: string
}

export async function startListener(t: Teardown): Promise<Listener> {
  const visits: string[] = []
  const bySession = new Map<string, Record<string, Record<string, Visit[]>>>()
  const server = createServer((request, response) => {
    const { method = 'GET', url = '/', socket } = request
    const asked = /^\/get_(?:ssrf|xxe)\.php\?id=(\w+)/.exec(url)
    if (asked) {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(bySession.get(asked[1] ?? '') ?? {}))
      return
    }
    // The judge makes sure that it is there.
    if (url === '/') return void response.end('here')
    visits.push(`${method} ${url}`)
    const [, session, request_, parameter] = /^\/ssrf\/(\w+)\/(\w+)\/(\w+)/.exec(url) ?? []
    if (session && request_ && parameter) {
      const mine = bySession.get(session) ?? {}
      mine[request_] ??= {}
      mine[request_][parameter] ??= []
      mine[request_][parameter].push({
        ...{ url, method, ip: socket.remoteAddress ?? '', date: new Date().toISOString() }
      })
      bySession.set(session, mine)
    }
    response.end()
  })
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, visits }
}
