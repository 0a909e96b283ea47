import { spawnSync } from 'node:child_process'

/** For each world that stands: the labels of its containers. */
const standing = new Set<() => string[]>()

/**
 * A test's process that falls over leaves no containers: they would slow all tests that come after it. To be
 * said when a world begins; the answer is called when it has been torn down.
 */
export function removedAtExit(labels: () => string[]): () => void {
  standing.add(labels)
  return () => void standing.delete(labels)
}

process.once('exit', () => {
  const docker = (...args: string[]) => spawnSync('docker', args, { encoding: 'utf8' }).stdout ?? ''
  const filters = [...standing].flatMap(labels => labels()).map(label => `label=${label}`)
  const found = filters.map(filter => docker('ps', '--all', '--quiet', '--filter', filter))
  const containers = found.join('').split('\n').filter(Boolean)
  if (containers.length > 0) docker('rm', '--force', '--volumes', ...containers)
})
