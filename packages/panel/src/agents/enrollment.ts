import { createHash, randomBytes } from 'node:crypto'
import {
  type EnrollmentAnswer,
  type EnrollmentRequest,
  enrolledTranscript,
  enrollTranscript,
  type Failpoint,
  keyIdOf,
  parseEnrollmentToken,
  sign,
  verify
} from '@ctrl-alt-play/protocol'
import { v7 as uuidv7 } from 'uuid'
import {
  EnrollmentKeyTaken,
  EnrollmentRefused,
  EnrollmentTokenExpired,
  EnrollmentTokenUsed
} from '../errors.ts'
import type { Audit, Queries } from './contract.ts'
import type { EnrollmentRepo, TokenState } from './enrollment.repo.ts'
import type { PanelIdentity } from './identity-file.ts'
import type { SecurityNotes } from './security-notes.ts'

/** How a machine becomes a node: a one-time token, the machine's own key, an answer that the panel signs. */
export interface Enrollment {
  /** Once the caller's transaction is committed the token is good for 15 minutes and one machine. */
  createEnrollmentToken(
    tx: Queries,
    nodeId: string,
    createdById: string | null
  ): Promise<{ token: string; expiresAt: Date }>
  /** The panel's public key, base64: agents pin it. */
  panelKey: string
  enroll(request: EnrollmentRequest, ip: string): Promise<EnrollmentAnswer>
}

export interface EnrollmentOptions {
  identity: PanelIdentity
  repo: EnrollmentRepo
  audit: Audit
  note: SecurityNotes
  /** The node has another key now: a session with the old one must end. */
  onEnrolled(nodeId: string, kid: string): void
  failpoint?: Failpoint | undefined
}

export function createEnrollment(options: EnrollmentOptions): Enrollment {
  const { identity, repo, audit, note, onEnrolled, failpoint } = options

  /** Takes the token, or finds that this very key has taken it before. */
  async function take(
    tx: Queries,
    token: { id: string; secretHash: string },
    request: EnrollmentRequest,
    ip: string
  ): Promise<{ state: TokenState; isNew: boolean } | { refusal: Error; nodeId: string | null }> {
    const { publicKey, machine } = request
    const state = await repo.lockToken(tx, token)
    if (!state) return { refusal: new EnrollmentRefused(), nodeId: null }
    const { nodeId } = state
    if (state.expired) return { refusal: new EnrollmentTokenExpired(), nodeId }
    const kid = keyIdOf(publicKey)
    if (state.usedByPublicKey === publicKey) {
      const isGood = await repo.isActive(tx, { nodeId, kid })
      return isGood ? { state, isNew: false } : { refusal: new EnrollmentKeyTaken(), nodeId }
    }
    if (state.usedByPublicKey) return { refusal: new EnrollmentTokenUsed(), nodeId }
    const { hostname, agentVersion: version } = machine
    if (!(await repo.activate(tx, { nodeId, kid, publicKey, hostname, version }))) {
      throw new EnrollmentKeyTaken()
    }
    await repo.useToken(tx, token.id, publicKey)
    await audit.write(tx, {
      ...{ actorType: 'AGENT', actorId: nodeId, actorName: kid, ip },
      ...{ action: 'agent.enrolled', targetType: 'node', targetId: nodeId },
      after: { kid, hostname, version }
    })
    await failpoint?.('panel.enrolment.written')
    return { state, isNew: true }
  }

  function refuse(err: Error, nodeId: string | null, request: EnrollmentRequest, ip: string) {
    const { hostname } = request.machine
    const kid = keyIdOf(request.publicKey)
    const after = { reason: err.message, kid, hostname, claimedNodeId: nodeId }
    note({ action: 'security.enrollment.refused', nodeId: null, ip, after })
    return err
  }

  function answer(state: TokenState, tokenId: string, publicKey: string): EnrollmentAnswer {
    const { nodeId, nodeName } = state
    const { panelId, keys } = identity
    const kid = keyIdOf(publicKey)
    const transcript = enrolledTranscript({ tokenId, publicKey, nodeId, kid, panelId })
    const signature = sign(keys, transcript)
    return { nodeId, nodeName, kid, panelId, panelKey: keys.publicKey, signature }
  }

  return {
    panelKey: identity.keys.publicKey,

    async createEnrollmentToken(tx, nodeId, createdById) {
      const id = uuidv7()
      const secret = randomBytes(32).toString('base64url')
      const secretHash = hashOf(secret)
      const expiresAt = await repo.insertToken(tx, { id, nodeId, secretHash, createdById })
      return { token: `cap_${id.replaceAll('-', '')}.${secret}`, expiresAt }
    },

    async enroll(request, ip) {
      const { publicKey, proof } = request
      const token = parseEnrollmentToken(request.token)
      const isProven =
        token && verify(publicKey, enrollTranscript({ tokenId: token.id, publicKey }), proof)
      if (!isProven) throw refuse(new EnrollmentRefused(), null, request, ip)
      const row = { id: uuidOf(token.id), secretHash: hashOf(token.secret) }
      const taken = await repo
        .transaction(tx => take(tx, row, request, ip))
        .catch((err: unknown) => {
          if (err instanceof EnrollmentKeyTaken) return { refusal: err, nodeId: null }
          throw err
        })
      if ('refusal' in taken) throw refuse(taken.refusal, taken.nodeId, request, ip)
      await failpoint?.('panel.enrolment.committed')
      if (taken.isNew) onEnrolled(taken.state.nodeId, keyIdOf(publicKey))
      return answer(taken.state, token.id, publicKey)
    }
  }
}

/** 256 random bits need no slow hash. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function uuidOf(hex: string): string {
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
