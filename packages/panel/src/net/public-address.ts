import { BlockList, isIP } from 'node:net'

/** Of IANA's special-purpose registries what no public host has (RFC 6890 and its successors), and multicast. */
const specialV4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24'],
  ...['192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4']
]
/** Everything else is refused, with it loopback, link-local, unique local, multicast, mapped IPv4 and NAT64. */
const globalV6 = ['2000::/3']
/** Within it: protocols' own with Teredo, documentation, and 6to4, which has an IPv4 address in it. */
const specialV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']

const [special, global6, special6] = [specialV4, globalV6, specialV6].map(listOf)

/** Whether an address is one of the public network: nothing of the panel's own surroundings has such a one. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special?.check(address, 'ipv4')
    case 6:
      return global6?.check(address, 'ipv6') === true && !special6?.check(address, 'ipv6')
    default:
      return false
  }
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    list.addSubnet(address, Number(bits), address.includes(':') ? 'ipv6' : 'ipv4')
  }
  return list
}
