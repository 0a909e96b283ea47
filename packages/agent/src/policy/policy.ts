import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

const Credentials = Type.Object(
  { username: Type.String({ minLength: 1 }), password: Type.String({ minLength: 1 }) },
  { additionalProperties: false }
)

/**
 * What this machine's owner lets a panel do here. No message of a panel can change it, and what is
 * not in it (mounts, devices, capabilities, the host's network) no message can ask for at all.
 */
export const Policy = Type.Object(
  {
    /** `ghcr.io`, `ghcr.io/some/path`, `registry.example:5000` or `127.0.0.1:*`. */
    allowedRegistries: Type.Array(Type.String({ pattern: '^[A-Za-z0-9.:*/_\\[\\]-]+$' }), {
      default: ['docker.io', 'ghcr.io', 'quay.io', '127.0.0.1:*', 'localhost:*']
    }),
    /** By registry, e.g. `ghcr.io`. */
    registryCredentials: Type.Record(Type.String(), Credentials, { default: {} }),
    /** Addresses of this machine that a server's ports may be published on; absent: all. */
    allowedIps: Type.Optional(Type.Array(Type.String({ minLength: 2, maxLength: 45 }))),
    maxMemoryMiB: Type.Optional(Type.Integer({ minimum: 16 })),
    maxSwapMiB: Type.Optional(Type.Integer({ minimum: 0 })),
    /** 100 is one core. */
    maxCpuPercent: Type.Optional(Type.Integer({ minimum: 1 })),
    maxPids: Type.Optional(Type.Integer({ minimum: 16 }))
  },
  { additionalProperties: false }
)
export type Policy = Static<typeof Policy>

export const SYSTEM_POLICY_FILE = '/etc/ctrl-alt-play/policy.json'

export function defaultPolicy(): Policy {
  return parsePolicy('{}', 'the default policy')
}

/**
 * Reads the first file that is there: the machine's own, then the one beside the agent's state.
 * Throws in plain words, for a policy that is half understood protects nobody.
 */
export async function loadPolicy(stateDir: string): Promise<Policy> {
  for (const file of [SYSTEM_POLICY_FILE, join(stateDir, 'policy.json')]) {
    const text = await readTrusted(file)
    if (text !== undefined) return parsePolicy(text, file)
  }
  return defaultPolicy()
}

export function parsePolicy(text: string, file: string): Policy {
  const policy: unknown = Value.Default(Policy, parseJson(text, file))
  if (Value.Check(Policy, policy)) return policy
  const error = Value.Errors(Policy, policy).First()
  const place = error?.path ? `"${error.path.slice(1).replaceAll('/', '.')}"` : 'the whole'
  throw new Error(`${file}: ${place} is not as it must be (${error?.message ?? 'unknown reason'})`)
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new Error(`${file} is not valid JSON: ${String(cause)}`, { cause })
  }
}

/** A file that others may write is no policy of this machine's owner. */
async function readTrusted(file: string): Promise<string | undefined> {
  const handle = await open(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw new Error(`${file} cannot be read: ${error.message}`, { cause: error })
  })
  if (!handle) return
  try {
    const { mode } = await handle.stat()
    if (mode & 0o022) throw new Error(`${file} may be written by others: run chmod go-w ${file}`)
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}
