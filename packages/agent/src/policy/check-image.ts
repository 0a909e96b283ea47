import { DriverError } from '../runtime/driver-error.ts'
import { type ImageReference, parseImageReference } from './image-reference.ts'
import type { Policy } from './policy.ts'

/** Images that are made on this machine, e.g. the demo game. They are never pulled: that name may be anyone's elsewhere. */
export function isMadeHere({ registry, repository }: ImageReference): boolean {
  return registry === 'docker.io' && repository.startsWith('ctrl-alt-play/')
}

/** The image's whole name, or IMAGE_NOT_ALLOWED. */
export function checkImage(policy: Policy, image: string): ImageReference {
  const reference = parseImageReference(image)
  if (!reference) throw new DriverError('IMAGE_NOT_ALLOWED', `"${image}" is no image name`)
  if (isMadeHere(reference)) return reference
  if (policy.allowedRegistries.some(allowed => matches(allowed, reference))) return reference
  throw new DriverError(
    'IMAGE_NOT_ALLOWED',
    `This node does not allow images of ${reference.registry} ("${image}"); its owner can add it to allowedRegistries in the node's policy.json`
  )
}

function matches(allowed: string, { registry, repository }: ImageReference): boolean {
  const [host = '', ...path] = allowed.split('/')
  return matchesHost(host.toLowerCase(), registry) && isWithin(path.join('/'), repository)
}

function matchesHost(allowed: string, registry: string): boolean {
  if (!allowed.endsWith(':*')) return allowed === registry
  const host = allowed.slice(0, -2)
  return registry === host || registry.startsWith(`${host}:`)
}

function isWithin(path: string, repository: string): boolean {
  return path === '' || repository === path || repository.startsWith(`${path}/`)
}
