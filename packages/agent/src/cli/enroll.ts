import { rm } from 'node:fs/promises'
import {
  createKeyPair,
  EnrollmentAnswer,
  type EnrollmentRequest,
  enrolledTranscript,
  enrollTranscript,
  type Failpoint,
  type KeyPair,
  keyIdOf,
  type MachineFacts,
  parseEnrollmentToken,
  sign,
  verify
} from '@ctrl-alt-play/protocol'
import { Value } from '@sinclair/typebox/value'
import { enrollUrl } from '../link/panel-url.ts'
import {
  type Credentials,
  pendingPath,
  readPending,
  writeCredentials,
  writePending
} from '../state/credentials.ts'
import { clearRecords } from '../state/state.ts'
import { reasonOf } from './reason.ts'

export interface Enrollment {
  panel: URL
  token: string
  /** The key that the panel must prove; undefined: whatever it shows is believed, this once. */
  panelKey: string | undefined
  insecure: boolean
  stateDir: string
  dataDir: string
  facts: MachineFacts
  /** What this machine is already: it becomes the same node again, of the same panel. */
  present?: Credentials | undefined
  failpoint?: Failpoint | undefined
}

/** Another key has come with this token before. */
class TokenUsed extends Error {}

const TIMEOUT_MS = 30_000

/** Makes this machine a node. Asked again after a lost answer it sends the same key, and the panel answers the same. */
export async function enroll(enrollment: Enrollment): Promise<Credentials> {
  const { panel, token, insecure, stateDir, dataDir, present, failpoint } = enrollment
  const panelKey = enrollment.panelKey ?? present?.panelKey
  const tokenId = parseEnrollmentToken(token)?.id
  if (!tokenId) throw new Error('That is no enrolment token: paste the whole line again.')
  const { keys, answer } = await askWithSomeKey(enrollment, tokenId)
  await failpoint?.('agent.enrolment.answered')
  const { nodeId, nodeName, kid, panelId } = answer
  const { publicKey, privateKey } = keys
  if (panelKey !== undefined && answer.panelKey !== panelKey) {
    throw new Error(
      `${panel.origin} is not the panel that this line came from: it showed another key. Somebody may stand in between; nothing was stored.`
    )
  }
  const transcript = enrolledTranscript({ tokenId, publicKey, nodeId, kid, panelId })
  if (kid !== keyIdOf(publicKey) || !verify(answer.panelKey, transcript, answer.signature)) {
    throw new Error(`${panel.origin} could not prove its key. Nothing was stored.`)
  }
  if (present && nodeId !== present.nodeId) {
    throw new Error(
      `This line is for the node "${nodeName}", and this machine is "${present.nodeName}". Nothing was changed. To make it another node run "ctrl-alt-play-agent unregister" first, then paste a new line.`
    )
  }
  const createdAt = (kid === present?.key.kid && present.key.createdAt) || new Date().toISOString()
  const credentials: Credentials = {
    ...{ nodeId, nodeName, panelId, dataDir, insecure },
    panelUrl: panel.href,
    panelKey: answer.panelKey,
    key: { kid, publicKey, privateKey, createdAt }
  }
  // The same node's journal and cursors stay good.
  if (!present) await clearRecords(stateDir)
  await writeCredentials(stateDir, credentials)
  await failpoint?.('agent.enrolment.written')
  await rm(pendingPath(stateDir), { force: true })
  return credentials
}

/**
 * A new token makes a new key: the old one may be revoked, or in other hands. A line that is pasted
 * once more has been used, by the key that this machine has.
 */
async function askWithSomeKey(
  enrollment: Enrollment,
  tokenId: string
): Promise<{ keys: KeyPair; answer: EnrollmentAnswer }> {
  const { stateDir, present } = enrollment
  const keys = await keysFor(stateDir, tokenId)
  await enrollment.failpoint?.('agent.enrolment.keyed')
  try {
    return { keys, answer: await ask(enrollment, keys, tokenId) }
  } catch (err) {
    if (!present || !(err instanceof TokenUsed)) throw err
    return { keys: present.key, answer: await ask(enrollment, present.key, tokenId) }
  }
}

async function keysFor(stateDir: string, tokenId: string): Promise<KeyPair> {
  const pending = await readPending(stateDir)
  if (pending?.tokenId === tokenId) {
    return { publicKey: pending.publicKey, privateKey: pending.privateKey }
  }
  const keys = createKeyPair()
  await writePending(stateDir, { tokenId, ...keys })
  return keys
}

async function ask(
  { panel, token, facts }: Enrollment,
  keys: KeyPair,
  tokenId: string
): Promise<EnrollmentAnswer> {
  const request: EnrollmentRequest = {
    token,
    publicKey: keys.publicKey,
    proof: sign(keys, enrollTranscript({ tokenId, publicKey: keys.publicKey })),
    machine: facts
  }
  const response = await fetch(enrollUrl(panel), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS)
  }).catch(err => {
    throw new Error(
      `The panel at ${panel.origin} could not be reached: ${reasonOf(err)}. Is it running, and is the address right from here?`,
      { cause: err }
    )
  })
  const body: unknown = await response.json().catch(() => undefined)
  if (response.ok && Value.Check(EnrollmentAnswer, body)) return body
  const said = textIn(body, 'message')
  if (said && textIn(body, 'code') === 'ENROLLMENT_TOKEN_USED') {
    throw new TokenUsed(`The panel refused: ${said}`)
  }
  if (said) throw new Error(`The panel refused: ${said}`)
  throw new Error(
    `${panel.origin} did not answer like a panel (HTTP ${response.status}): is the address right?`
  )
}

function textIn(body: unknown, name: 'message' | 'code'): string | undefined {
  if (typeof body !== 'object' || body === null) return
  const value = (body as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : undefined
}
