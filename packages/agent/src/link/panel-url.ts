import { isIP } from 'node:net'

/** Where the panel is; throws, with what to do, when the address is none or would send secrets in the clear. */
export function parsePanelUrl(text: string, insecure: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new Error(`"${text}" is no address of a panel: it looks like https://panel.example.org`)
  }
  if (url.username || url.password) throw new Error('The panel address must hold no password.')
  if (url.protocol === 'http:' && !insecure && !isLoopback(url.hostname)) {
    throw new Error(
      `${url.origin} is reached without TLS: use https://, or add --insecure where the network is your own.`
    )
  }
  return url
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

export function enrollUrl(panel: URL): URL {
  return under(panel, 'agent/v1/enroll')
}

export function connectUrl(panel: URL): URL {
  const url = under(panel, 'agent/v1/connect')
  url.protocol = panel.protocol === 'http:' ? 'ws:' : 'wss:'
  return url
}

/** A panel may live below a path of its host. */
function under(panel: URL, path: string): URL {
  const base = new URL(panel)
  base.search = ''
  base.hash = ''
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  return new URL(path, base)
}
