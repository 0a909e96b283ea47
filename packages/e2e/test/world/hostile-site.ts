import { createServer, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Certificate } from './certificate.ts'
import { readActs } from './chromium.ts'
import type { Teardown } from './world.ts'

export interface HostileSite {
  port: number
  /** What browsers asked it for, with the cookies that came along. */
  asked: { host: string; path: string; cookie: string }[]
}

const page = (content: string) =>
  `<!DOCTYPE html><html lang="en"><title>Free skins</title><body>${content}</body></html>`

/** A server of somebody's who means harm, for every name that leads to it. */
export async function openHostileSite(
  t: Teardown,
  certificate?: Certificate
): Promise<HostileSite> {
  const script = await readActs()
  const asked: HostileSite['asked'] = []
  const scheme = certificate ? 'https' : 'http'

  const answer: RequestListener = (request, response) => {
    const { host = '', cookie = '' } = request.headers
    const path = request.url ?? ''
    asked.push({ host, path, cookie })
    const acts = `<script src="${scheme}://${host}/acts.js"></script>`
    const pages: Record<string, string> = {
      '/': acts,
      '/framed': `<iframe sandbox="allow-scripts allow-forms" src="/"></iframe>
        <iframe src="data:text/html,${encodeURIComponent(page(acts))}"></iframe>`
    }
    if (path === '/acts.js') {
      response.setHeader('content-type', 'text/javascript; charset=utf-8')
      response.end(script)
      return
    }
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(page(pages[path] ?? ''))
  }
  const server = certificate ? createSecureServer(certificate, answer) : createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { port, asked }
}
