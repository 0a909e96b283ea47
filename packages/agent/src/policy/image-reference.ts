/** The parts of an image's name. `name` is whole again, as the engine understands it without guessing. */
export interface ImageReference {
  registry: string
  repository: string
  tag: string | undefined
  digest: string | undefined
  name: string
}

const REGISTRY =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*|\[[0-9a-f:]+\])(?::\d{1,5})?$/
const REPOSITORY =
  /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/
const TAG = /^\w[\w.-]{0,127}$/
const DIGEST = /^sha256:[0-9a-f]{64}$/

const DOCKER_HUB = 'docker.io'

/**
 * Undefined for what is no image name. An image's id is none: it would get round the list of
 * registries. Because `name` always carries its registry, the engine cannot take it for an id either.
 */
export function parseImageReference(text: string): ImageReference | undefined {
  const [beforeDigest = '', digest, ...tooMany] = text.split('@')
  if (tooMany.length > 0 || (digest !== undefined && !DIGEST.test(digest))) return
  const [path, tag] = splitTag(beforeDigest)
  if (tag !== undefined && !TAG.test(tag)) return
  const [registry, repository] = splitRegistry(path)
  if (!REGISTRY.test(registry) || !REPOSITORY.test(repository) || repository.length > 255) return
  return { registry, repository, tag, digest, name: nameOf(registry, repository, tag, digest) }
}

function splitTag(text: string): [string, string | undefined] {
  const colon = text.lastIndexOf(':')
  if (colon < 0 || text.includes('/', colon)) return [text, undefined]
  return [text.slice(0, colon), text.slice(colon + 1)]
}

/** As Docker does it: the first part is a registry when it looks like a host. */
function splitRegistry(path: string): [string, string] {
  const slash = path.indexOf('/')
  const first = path.slice(0, slash).toLowerCase()
  if (slash < 0) return [DOCKER_HUB, `library/${path}`]
  const isHost = /[.:]/.test(first) || first === 'localhost'
  if (!isHost) return [DOCKER_HUB, path]
  const rest = path.slice(slash + 1)
  if (first !== 'index.docker.io' && first !== DOCKER_HUB) return [first, rest]
  return [DOCKER_HUB, rest.includes('/') ? rest : `library/${rest}`]
}

function nameOf(registry: string, repository: string, tag?: string, digest?: string): string {
  const path = `${registry}/${repository}`
  if (digest !== undefined) return `${path}@${digest}`
  return `${path}:${tag ?? 'latest'}`
}
