import { createHash } from 'node:crypto'
import type { PublishedPort, ServerSpec } from '@ctrl-alt-play/protocol'

/**
 * The same for two specs that give the same run: container and config files. What the agent itself acts on (ready text,
 * stop rule, disk limit) is not part of it: a change there needs no new container.
 */
export function specHashOf(spec: ServerSpec): string {
  const known = hashes.get(spec)
  if (known !== undefined) return known
  const hash = hashOf(spec)
  hashes.set(spec, hash)
  return hash
}

/** A spec never changes, and is compared each time that anybody looks at its container. */
const hashes = new WeakMap<ServerSpec, string>()

function hashOf(spec: ServerSpec): string {
  const { image, argv, tty, readOnlyRoot, limits, configFiles = [] } = spec
  const { memoryMiB, swapMiB, cpuPercent, pids } = limits
  const environment = Object.entries(spec.environment).sort(([a], [b]) => compare(a, b))
  const ports = spec.ports.map(portName).sort(compare)
  const parts = [image, argv, environment, tty, readOnlyRoot, ports]
  // Without any it is the hash of the release before: no game is to look outdated for nothing.
  const files = configFiles.length > 0 ? [configFiles] : []
  return createHash('sha256')
    .update(JSON.stringify([...parts, memoryMiB, swapMiB, cpuPercent, pids, ...files]))
    .digest('hex')
    .slice(0, 32)
}

function portName({ ip, port, protocol }: PublishedPort): string {
  return `${ip} ${port}/${protocol}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
