export type PortRanges = { ok: true; ports: number[] } | { ok: false; reason: string }

/** Reads "27015-27030,8303" into ascending ports, each once. */
export function parsePortRanges(text: string, maxPorts: number): PortRanges {
  const ports = new Set<number>()
  for (const part of text.split(',').map(piece => piece.trim())) {
    if (part === '') return fail('has an empty part: write ports like 27015-27030,8303')
    const match = /^(\d{1,9})(?:\s*-\s*(\d{1,9}))?$/.exec(part)
    if (!match) return fail(`"${part}" is neither a port nor a range like 27015-27030`)
    const first = Number(match[1])
    const last = Number(match[2] ?? match[1])
    const wrong = [first, last].find(port => port < 1 || port > 65_535)
    if (wrong !== undefined) return fail(`${wrong} is no port: ports go from 1 to 65535`)
    if (first > last) return fail(`"${part}" runs backwards: write ${last}-${first}`)
    for (let port = first; port <= last; port++) ports.add(port)
    if (ports.size > maxPorts) return fail(`names more than ${maxPorts} ports: take several calls`)
  }
  return { ok: true, ports: [...ports].sort((one, other) => one - other) }
}

function fail(reason: string): PortRanges {
  return { ok: false, reason }
}
