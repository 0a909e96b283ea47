import { randomBytes } from 'node:crypto'
import {
  type AgentBody,
  agreeVersion,
  authTranscript,
  closeCodes,
  createSigner,
  type Failpoint,
  limits,
  OLDEST_SUPPORTED_VERSION,
  type PanelBody,
  PROTOCOL_VERSION,
  panelCodec,
  type VersionRange,
  verify,
  welcomeTranscript
} from '@ctrl-alt-play/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { AgentKey, AgentKeysRepo } from './agent-keys.repo.ts'
import type { Epochs } from './epochs.ts'
import type { PanelIdentity } from './identity-file.ts'
import type { NodeFacts } from './node-facts.ts'
import type { NodeSessionsRepo } from './node-sessions.repo.ts'
import type { SecurityNotes } from './security-notes.ts'
import { heartbeatSeconds, spreadSeconds } from './timing.ts'
import type { AgentWire } from './wire.ts'

const versions = { min: OLDEST_SUPPORTED_VERSION, max: PROTOCOL_VERSION }
/** No node has had so many sessions: a higher one would use the counter up. */
const HIGHEST_EPOCH = 2 ** 48

/** Who stands at the other end, and the fencing token of its session. */
export interface ProvenAgent {
  nodeId: string
  kid: string
  publicKey: string
  instanceId: string
  epoch: number
  quarantined: boolean
  ip: string
  /** Before its key was looked up, by the link's clock. */
  askedAt: number
  /** What the agent waits for; nothing may be sent before it. */
  welcome: PanelBody<'welcome'>
}

/** Why an agent does not come in. */
export interface Refusal {
  code: number
  reason: string
}

export interface HandshakeDeps {
  identity: PanelIdentity
  epochs: Epochs
  keys: Pick<AgentKeysRepo, 'promote'>
  nodes: Pick<NodeSessionsRepo, 'touch'>
  facts: Pick<NodeFacts, 'setRefusal'>
  note: SecurityNotes
  log: Pick<FastifyBaseLogger, 'warn'>
  countNodes(): number
  now: () => number
  failpoint?: Failpoint | undefined
}

export interface Handshake {
  /** Sends the challenge. */
  begin(wire: AgentWire): string
  /** Judges the first message. */
  answer(
    frame: { data: Buffer; isBinary: boolean },
    panelNonce: string,
    ip: string
  ): Promise<ProvenAgent | Refusal>
}

export function createHandshake(deps: HandshakeDeps): Handshake {
  const { identity, epochs, keys, nodes, facts, note, log, countNodes, failpoint } = deps
  const { panelId } = identity
  const sign = createSigner(identity.keys)

  function refuse(code: number, reason: string, ip: string, auth?: AgentBody<'auth'>): Refusal {
    const after = { reason, claimedNodeId: auth?.nodeId ?? null, kid: auth?.kid ?? null }
    note({ action: 'security.agent.refused', nodeId: null, ip, after })
    return { code, reason }
  }

  /** The key that the agent holds, or why it does not open anything. */
  async function prove(auth: AgentBody<'auth'>, panelNonce: string, ip: string) {
    const key = await epochs.findKey(auth.kid)
    if (!key || key.nodeId !== auth.nodeId) {
      return refuse(closeCodes.notAuthenticated, 'this key is not known here', ip, auth)
    }
    const transcript = authTranscript({ ...auth, panelId, panelNonce })
    if (!verify(key.publicKey, transcript, auth.signature)) {
      return refuse(closeCodes.notAuthenticated, 'the signature is wrong', ip, auth)
    }
    if (key.revoked || key.status === 'RETIRED') {
      return refuse(closeCodes.revoked, 'this key was revoked: enrol the node again', ip, auth)
    }
    return key
  }

  async function admit(
    auth: AgentBody<'auth'>,
    key: AgentKey,
    { panelNonce, ip, askedAt }: { panelNonce: string; ip: string; askedAt: number }
  ): Promise<ProvenAgent | Refusal> {
    const agreed = agreeVersion(versions, auth.protocol)
    if (agreed === undefined) {
      const { nodeId, kid } = key
      const reason = sayApart(auth.protocol)
      log.warn({ nodeId, kid, reason }, 'an agent was turned away: no version in common')
      facts.setRefusal(nodeId, reason)
      await nodes.touch(nodeId)
      return { code: closeCodes.upgradeNeeded, reason }
    }
    if (auth.lastEpoch > HIGHEST_EPOCH) {
      return refuse(closeCodes.badMessage, 'such an epoch was never given out', ip, auth)
    }
    if (key.status === 'PENDING') {
      await keys.promote(key)
      await failpoint?.('panel.key.promoted')
    }
    const { nodeId, kid, instanceId, lastEpoch } = auth
    const claimed = await epochs.claim({ nodeId, kid, lastEpoch })
    if (!claimed) return refuse(closeCodes.revoked, 'this key was revoked', ip, auth)
    facts.setRefusal(nodeId, null)
    const signed = { ...auth, panelId, panelNonce, epoch: claimed.epoch, agreed }
    const welcome = {
      epoch: claimed.epoch,
      protocol: agreed,
      heartbeatSeconds: heartbeatSeconds(countNodes()),
      spreadSeconds: spreadSeconds(countNodes()),
      features: [],
      signature: sign(welcomeTranscript(signed))
    }
    const { publicKey } = key
    return { nodeId, kid, publicKey, instanceId, ...claimed, ip, askedAt, welcome }
  }

  return {
    begin(wire) {
      const panelNonce = randomBytes(32).toString('base64')
      wire.send('challenge', { panelId, panelNonce, protocol: versions, nowMs: Date.now() })
      return panelNonce
    },
    async answer({ data, isBinary }, panelNonce, ip) {
      if (data.byteLength > limits.unauthenticatedMessageBytes) {
        return refuse(closeCodes.tooBig, 'too much before authentication', ip)
      }
      const decoded = isBinary ? undefined : panelCodec.decode(data.toString())
      if (decoded?.kind !== 'message' || decoded.message.type !== 'auth') {
        return refuse(closeCodes.badMessage, 'the first message must be auth', ip)
      }
      const askedAt = deps.now()
      const auth = decoded.message.body
      const key = await prove(auth, panelNonce, ip)
      return 'code' in key ? key : admit(auth, key, { panelNonce, ip, askedAt })
    }
  }
}

/** Which of the two has to be upgraded. It fits into a close frame. */
function sayApart({ min, max }: VersionRange): string {
  const older = max < versions.min ? 'agent' : 'panel'
  const spoken = `this panel speaks versions ${versions.min} to ${versions.max}, the agent ${min} to ${max}`
  return `games keep running; upgrade the ${older}: ${spoken}`
}
