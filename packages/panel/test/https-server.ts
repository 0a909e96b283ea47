import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'
import type { PublicNet } from '../src/net/fetch-public.ts'
import { isPublicAddress } from '../src/net/public-address.ts'

const run = promisify(execFile)

export interface HttpsServer {
  /** Of a place on it, by its name games.test. */
  url(path: string): string
  /** A network in which names lead where `names` says, and this machine counts as a public one. */
  net: PublicNet
  names: Map<string, string[][]>
  /** How often each name was looked up. */
  asked: string[]
  connections(): number
}

/** A real server with a certificate for games.test. */
export async function startHttps(t: Test, handler: RequestListener): Promise<HttpsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'cap-https-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const [certFile, keyFile] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const names = ['-subj', '/CN=games.test', '-addext', 'subjectAltName=DNS:games.test']
  await run('openssl', ['req', '-x509', ...kind, ...names, '-keyout', keyFile, '-out', certFile])
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
  const server = createServer({ cert, key }, handler)
  let connections = 0
  server.on('connection', () => connections++)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const leads = new Map([['games.test', [['127.0.0.1']]]])
  const asked: string[] = []
  return {
    url: path => `https://games.test:${port}${path}`,
    net: {
      port,
      ca: cert,
      isPublic: address => address === '127.0.0.1' || isPublicAddress(address),
      async resolve(hostname) {
        asked.push(hostname)
        const turns = leads.get(hostname)
        const found = (turns && turns.length > 1 ? turns.shift() : turns?.[0]) ?? []
        return found.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
      }
    },
    names: leads,
    asked,
    connections: () => connections
  }
}
