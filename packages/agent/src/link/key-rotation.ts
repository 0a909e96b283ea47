import {
  type AgentBody,
  createKeyPair,
  type Failpoint,
  keyIdOf,
  type PanelBody,
  rotateTranscript,
  sign
} from '@ctrl-alt-play/protocol'
import type { Credentials, OwnKey } from '../state/credentials.ts'

/** Changes the agent's key now and then. At each step one key that works is on disk. */
export interface KeyRing {
  /** The key to try next. */
  choose(): OwnKey
  /** The panel took this key. */
  worked(key: OwnKey): Promise<void>
  /** The panel did not take this key: the other one, if there is one, is tried next. */
  failed(key: OwnKey): void
  /** What to say when it is time for a new key; undefined when it is not. */
  rotate(epoch: number): Promise<AgentBody<'key.rotate'> | undefined>
  /** True: the panel knows the new key, and the next session should use it. */
  accepted(body: PanelBody<'key.accepted'>): Promise<boolean>
}

export interface KeyRingOptions {
  credentials: Credentials
  /** Durable once resolved. */
  save(credentials: Credentials): Promise<void>
  nowMs(): number
  failpoint?: Failpoint | undefined
}

const ROTATE_AFTER_MS = 90 * 24 * 3_600_000

export function createKeyRing({ credentials, save, nowMs, failpoint }: KeyRingOptions): KeyRing {
  let current = credentials
  let isNextRefused = false

  async function change(next: Credentials): Promise<void> {
    await save(next)
    current = next
  }

  async function nextKey(): Promise<OwnKey> {
    if (current.nextKey) return current.nextKey
    const pair = createKeyPair()
    const createdAt = new Date(nowMs()).toISOString()
    const key = { ...pair, kid: keyIdOf(pair.publicKey), createdAt }
    await change({ ...current, nextKey: { ...key, accepted: false } })
    await failpoint?.('agent.key.made')
    return key
  }

  return {
    choose() {
      const { key, nextKey: next } = current
      return next?.accepted && !isNextRefused ? next : key
    },
    async worked(key) {
      const { nextKey: next, ...rest } = current
      if (next?.kid !== key.kid) return
      await failpoint?.('agent.key.worked')
      const { accepted: _, ...promoted } = next
      await change({ ...rest, key: promoted })
    },
    failed(key) {
      if (key.kid === current.nextKey?.kid) isNextRefused = true
      else isNextRefused = false
    },
    async rotate(epoch) {
      const { nodeId, key } = current
      if (nowMs() - Date.parse(key.createdAt) < ROTATE_AFTER_MS) return
      const next = await nextKey()
      const { publicKey } = next
      const bytes = rotateTranscript({ nodeId, oldKid: key.kid, publicKey, epoch })
      return { publicKey, signatureOld: sign(key, bytes), signatureNew: sign(next, bytes) }
    },
    async accepted({ kid, publicKey }) {
      const { nextKey: next } = current
      if (next?.kid !== kid || next.publicKey !== publicKey) return false
      await failpoint?.('agent.key.accepted')
      await change({ ...current, nextKey: { ...next, accepted: true } })
      await failpoint?.('agent.key.kept')
      isNextRefused = false
      return true
    }
  }
}
