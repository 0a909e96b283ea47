import { readFile } from 'node:fs/promises'

export interface Traffic {
  rxBytes: number
  txBytes: number
}

const DEFAULT_DESTINATION = '00000000'

/** What the machine itself received and sent: the interfaces that lead outside, not those between containers. */
export async function readTraffic(): Promise<Traffic> {
  const [devices, routes] = await Promise.all([read('/proc/net/dev'), read('/proc/net/route')])
  return sumTraffic(devices, routes)
}

export function sumTraffic(devices: string, routes: string): Traffic {
  const outside = new Set(
    routes
      .split('\n')
      .map(line => line.split('\t'))
      .filter(([, destination]) => destination === DEFAULT_DESTINATION)
      .map(([name]) => name)
  )
  const rows = devices.split('\n').flatMap(line => {
    const [name, figures] = line.split(':')
    if (name === undefined || figures === undefined || name.trim() === 'lo') return []
    const [rxBytes, , , , , , , , txBytes] = figures.trim().split(/\s+/).map(Number)
    return [{ name: name.trim(), rxBytes: rxBytes ?? 0, txBytes: txBytes ?? 0 }]
  })
  const counted = rows.filter(({ name }) => outside.size === 0 || outside.has(name))
  return {
    rxBytes: counted.reduce((sum, row) => sum + row.rxBytes, 0),
    txBytes: counted.reduce((sum, row) => sum + row.txBytes, 0)
  }
}

/** A system without /proc shows no traffic rather than no vitals. */
async function read(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => '')
}
