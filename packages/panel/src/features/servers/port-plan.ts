import type { PortProtocol } from '../allocations/allocations.schema.ts'

/** A port of a node as the records know it. */
export interface KnownPort {
  id: string
  ip: string
  port: number
  inUse: boolean
}

export interface AskedPort {
  port: number
  /** Undefined: as it is, or both. */
  protocol?: PortProtocol | undefined
}

export type PortStep =
  | { do: 'take'; id: string; port: number; protocol: PortProtocol | undefined }
  | { do: 'make'; ip: string; port: number; protocol: PortProtocol }

export type PortPlan = { ok: true; steps: PortStep[] } | { ok: false; taken: number[] }

/** Every address of the node: right behind NAT too, where the public address is on no interface. */
export const ANY_ADDRESS = '0.0.0.0'
const everywhere = new Set([ANY_ADDRESS, '::'])

/** Which known ports to take and which to make. Two servers may share a number only on different single addresses. */
export function planPorts(known: readonly KnownPort[], asked: readonly AskedPort[]): PortPlan {
  const steps = asked.map(({ port, protocol }): PortStep | undefined => {
    const same = known.filter(entry => entry.port === port)
    const used = same.filter(entry => entry.inUse)
    const free = same.find(entry => !entry.inUse && !used.some(other => clash(entry, other)))
    if (free) return { do: 'take', id: free.id, port, protocol }
    return used.length === 0
      ? { do: 'make', ip: ANY_ADDRESS, port, protocol: protocol ?? 'both' }
      : undefined
  })
  const possible = steps.filter(step => step !== undefined)
  if (possible.length === asked.length) return { ok: true, steps: possible }
  return {
    ok: false,
    taken: asked.filter((_, index) => steps[index] === undefined).map(({ port }) => port)
  }
}

/** Of ports that were named one by one those that are in use, or cannot be had beside one that is or beside each other. */
export function takenAmong(known: readonly KnownPort[], named: readonly KnownPort[]): number[] {
  const used = known.filter(entry => entry.inUse)
  const isTaken = (entry: KnownPort, index: number) =>
    [...used, ...named.slice(0, index)].some(
      other => other.port === entry.port && clash(entry, other)
    )
  return named.filter(isTaken).map(({ port }) => port)
}

function clash(one: KnownPort, other: KnownPort): boolean {
  return one.ip === other.ip || everywhere.has(one.ip) || everywhere.has(other.ip)
}
