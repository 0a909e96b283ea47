import { lookup as resolveName } from 'node:dns/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { createTurns } from '../in-turn.ts'
import { isPublicAddress } from './public-address.ts'

interface Address {
  address: string
  family: number
}

/** The network as it is; tests have another. */
export interface PublicNet {
  resolve(hostname: string): Promise<Address[]>
  isPublic(address: string): boolean
  port: number
  /** Whose certificates are good; undefined: those that Node trusts. */
  ca?: string
}

interface FetchLimits {
  bytes: number
  /** For all of it, redirects too, from when it is its turn. */
  timeoutMs: number
}

/** Why nothing was fetched, in words for whoever gave the address; nothing of an answer is in them. */
export class NotFetched extends Error {
  override name = 'NotFetched'
}

/** The bytes of a public https address. Rejects with a `NotFetched`, or TooManyRequests when too many wait. */
export type FetchPublic = (url: string, limits: FetchLimits) => Promise<Buffer>

const MAX_REDIRECTS = 3
/** More would hold many connections open, each for as long as a stranger likes. */
export const fetchTurns = { atOnce: 4, maxWaiting: 16 }
const MAX_URL = 2_048

const publicNet: PublicNet = {
  resolve: hostname => resolveName(hostname, { all: true, verbatim: true }),
  isPublic: isPublicAddress,
  port: 443
}

/**
 * Fetches what a user names, from the public network alone. A name is resolved once, each address that it has must be
 * public, and the connection goes to one of just those; each redirect is looked at anew.
 */
export function createFetchPublic(net: PublicNet = publicNet): FetchPublic {
  const inTurn = createTurns(fetchTurns)
  return (url, limits) => inTurn(() => fetchNow(url, limits))

  async function fetchNow(url: string, { bytes, timeoutMs }: FetchLimits): Promise<Buffer> {
    const signal = AbortSignal.timeout(timeoutMs)
    try {
      let at = url
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
        const answer = await ask(checkedUrl(at, net), signal)
        const next = redirectOf(answer)
        if (next === undefined) return await bodyOf(answer, bytes)
        answer.destroy()
        at = URL.canParse(next, at) ? new URL(next, at).href : next
      }
      throw new NotFetched(`sends from one place to another more than ${MAX_REDIRECTS} times`)
    } catch (err) {
      if (err instanceof NotFetched) throw err
      if (signal.aborted) throw new NotFetched(`did not answer within ${timeoutMs / 1_000} s`)
      throw new NotFetched(wordsFor(err), { cause: err })
    }
  }

  async function ask(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const hostname = url.hostname.replace(/^\[|\]$/g, '')
    const addresses = await within(signal, publicAddressesOf(hostname))
    const lookup: LookupFunction = (_name, { all }, done) => {
      const [first = { address: '', family: 0 }] = addresses
      if (all) done(null, addresses)
      else done(null, first.address, first.family)
    }
    return new Promise((resolve, reject) => {
      request(url, {
        ...{ lookup, signal, agent: false, maxHeaderSize: 16_384 },
        ...(net.ca !== undefined && { ca: net.ca }),
        headers: { accept: '*/*', 'accept-encoding': 'identity', 'user-agent': 'Ctrl-Alt-Play' }
      })
        .once('response', resolve)
        .once('error', reject)
        .end()
    })
  }

  /** Of a name with one that is not public none counts: it may be meant to lead astray. */
  async function publicAddressesOf(hostname: string): Promise<Address[]> {
    const family = isIP(hostname)
    const found = family === 0 ? await net.resolve(hostname) : [{ address: hostname, family }]
    if (found.length > 0 && found.every(({ address }) => net.isPublic(address))) return found
    throw new NotFetched('does not lead to a machine of the public internet')
  }
}

/** Node's own parser makes one of `0x7f.1` and `2130706433`: the usual address, which is then looked at. */
function checkedUrl(text: string, { port }: PublicNet): URL {
  const url = text.length <= MAX_URL && URL.canParse(text) ? new URL(text) : undefined
  if (!url) throw new NotFetched('is no web address')
  if (url.protocol !== 'https:') throw new NotFetched('must begin with https://')
  if (url.username !== '' || url.password !== '') throw new NotFetched('must not hold a password')
  if (Number(url.port || 443) !== port) throw new NotFetched('must not name another port than 443')
  return url
}

function redirectOf({ statusCode = 0, headers }: IncomingMessage): string | undefined {
  return [301, 302, 303, 307, 308].includes(statusCode) ? (headers.location ?? '') : undefined
}

async function bodyOf(answer: IncomingMessage, most: number): Promise<Buffer> {
  const { statusCode, headers } = answer
  const tooLarge = () => new NotFetched(`answers more than ${Math.floor(most / 1_024)} KiB`)
  try {
    if (statusCode !== 200) throw new NotFetched(`answers with status ${statusCode}`)
    if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
      throw new NotFetched('answers in a packed form that was not asked for')
    }
    if (Number(headers['content-length'] ?? 0) > most) throw tooLarge()
    const parts: Buffer[] = []
    let length = 0
    for await (const part of answer as AsyncIterable<Buffer>) {
      length += part.length
      if (length > most) throw tooLarge()
      parts.push(part)
    }
    return Buffer.concat(parts)
  } finally {
    answer.destroy()
  }
}

/** A name's resolution cannot be ended; nobody waits for it. */
async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted()
  let leave = (): void => undefined
  const ended = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
  })
  try {
    return await Promise.race([work, ended])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

function wordsFor(err: unknown): string {
  const code = err instanceof Error && 'code' in err ? String(err.code) : ''
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'has a name that is not known'
  if (/CERT|SIGNATURE|SELF_SIGNED|ALTNAME/.test(code)) return 'has no valid certificate'
  return 'could not be reached'
}
