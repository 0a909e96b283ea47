import { isIP } from 'node:net'

/**
 * The one way to write an address; undefined: it is none that ports can be on. Two spellings of one
 * address would be two allocations, and give its port to two servers.
 */
export function canonicalAddress(text: string): string | undefined {
  const kind = isIP(text)
  if (kind === 4) return text
  // A zone is a name of the machine's own: Docker publishes on none.
  if (kind === 0 || text.includes('%')) return undefined
  const short = new URL(`http://[${text}]`).hostname.slice(1, -1)
  return mappedOf(short) ?? short
}

/** IPv4 in IPv6's disguise. */
function mappedOf(address: string): string | undefined {
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address) ?? []
  if (high === undefined || low === undefined) return undefined
  const bytes = Buffer.alloc(4)
  bytes.writeUInt16BE(Number.parseInt(high, 16))
  bytes.writeUInt16BE(Number.parseInt(low, 16), 2)
  return bytes.join('.')
}
