import { BlockList, isIP } from 'node:net'

/** The address without IPv4's disguise as IPv6. */
export function plainAddress(ip: string): string {
  return ip.startsWith('::ffff:') && isIP(ip.slice(7)) === 4 ? ip.slice(7) : ip
}

/** The network that one person is taken to be in: /24 of IPv4, /64 of IPv6, or this machine. */
export function networkOf(ip: string): string {
  const address = plainAddress(ip)
  const kind = isIP(address)
  if (kind !== 0 && (address === '::1' || address.startsWith('127.'))) return 'loopback'
  if (kind === 4) return `${address.split('.').slice(0, 3).join('.')}.0/24`
  if (kind === 6) return `${expand(address).slice(0, 4).join(':')}::/64`
  return address.slice(0, 64)
}

/** The unit that a flood is counted by: one IPv4 address, or a /64 of IPv6. */
export function sourceOf(ip: string): string {
  const address = plainAddress(ip)
  return isIP(address) === 6 ? networkOf(address) : address.slice(0, 64)
}

/** Whether `isAmong` can hold addresses against it. */
export function isAddressOrRange(text: string): boolean {
  const [base = '', bits, ...rest] = text.split('/')
  const kind = isIP(base)
  if (kind === 0 || base.includes('%') || rest.length > 0) return false
  return bits === undefined || isPrefix(bits, kind)
}

/** Whether an address is one of these addresses or within one of these ranges. */
export function isAmong(ip: string, allowed: readonly string[]): boolean {
  const list = new BlockList()
  for (const entry of allowed.filter(isAddressOrRange)) {
    const [base = '', bits] = entry.split('/')
    if (bits === undefined) list.addAddress(base, familyOf(base))
    else list.addSubnet(base, Number(bits), familyOf(base))
  }
  const [address = ''] = plainAddress(ip).split('%')
  return isIP(address) !== 0 && list.check(address, familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

function isPrefix(bits: string, kind: number): boolean {
  return /^\d{1,3}$/.test(bits) && Number(bits) <= (kind === 6 ? 128 : 32)
}

function expand(address: string): string[] {
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail ? tail.split(':') : []
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length)
  const groups = [...first, ...Array<string>(zeros).fill('0'), ...last]
  return groups.map(group => group.toLowerCase().replace(/^0+(?=.)/, ''))
}
