import { DriverError } from './driver-error.ts'
import { diskFull } from './engine-errors.ts'

/** Each with what the engine or the registry says in that case. */
const reasons: [RegExp, (image: string, registry: string) => string][] = [
  [
    /toomanyrequests|rate limit/i,
    (image, registry) =>
      `${registry} refuses more pulls for now (${image}): wait, or give the node credentials for it in policy.json`
  ],
  [
    /unauthorized|authentication required|no basic auth|incorrect username or password/i,
    (image, registry) =>
      `${registry} did not accept this node's login for ${image}: check registryCredentials in the node's policy.json`
  ],
  [
    /pull access denied|denied:|requested access to the resource is denied/i,
    (image, registry) =>
      `${registry} has no image ${image}, or it is private: check its name, or give the node credentials in policy.json`
  ],
  [
    /manifest unknown|manifest for .* not found|name unknown|repository .* not known|not found/i,
    (image, registry) => `There is no image ${image} at ${registry}: check its name and tag`
  ],
  [
    /no matching manifest/i,
    image => `The image ${image} is not made for this node's kind of processor`
  ],
  [
    /no such host|server misbehaving|temporary failure in name resolution/i,
    (image, registry) =>
      `The registry ${registry} of ${image} cannot be found: check its name and the node's DNS`
  ],
  [
    /connection refused|i\/o timeout|network is unreachable|no route to host|Client\.Timeout|deadline exceeded|EOF$/i,
    (image, registry) =>
      `The registry ${registry} of ${image} cannot be reached from this node: check its network`
  ],
  [
    /x509|certificate|http: server gave HTTP response to HTTPS client/i,
    (image, registry) =>
      `The registry ${registry} of ${image} has no certificate that this node trusts`
  ]
]

/** What the engine said about a failed pull, in words that say what to do. */
export function pullError(image: string, registry: string, said: string): DriverError {
  if (/no space left on device/i.test(said)) return diskFull(new Error(said))
  const words = reasons.find(([pattern]) => pattern.test(said))?.[1](image, registry)
  const text = words ?? `${image} could not be pulled: ${said}`
  return new DriverError('IMAGE_PULL_FAILED', text, { cause: new Error(said) })
}
