import { randomBytes } from 'node:crypto'
import {
  agentCodec,
  agreeVersion,
  authTranscript,
  limits,
  OLDEST_SUPPORTED_VERSION,
  type PanelBody,
  type PanelMessage,
  PROTOCOL_VERSION,
  sign,
  verify,
  welcomeTranscript
} from '@ctrl-alt-play/protocol'
import type { Credentials, OwnKey } from '../state/credentials.ts'
import type { Channel, Frame } from './channel.ts'

/** The other end is not the panel this machine was enrolled with, or does not speak our language. */
export class PanelRefused extends Error {}

export interface Identity {
  credentials: Pick<Credentials, 'nodeId' | 'panelId' | 'panelKey'>
  key: OwnKey
  instanceId: string
  bootId: string
  lastEpoch: number
}

export interface Welcome extends PanelBody<'welcome'> {
  /** How far the panel's clock is ahead of ours. Shown to people, compared with nothing. */
  clockSkewMs: number
}

const versions = { min: OLDEST_SUPPORTED_VERSION, max: PROTOCOL_VERSION }

/** Proves who we are and has the panel prove who it is. Rejects with PanelRefused; undefined when the socket went. */
export async function authenticate(
  channel: Channel,
  frames: AsyncIterator<Frame>,
  identity: Identity
): Promise<Welcome | undefined> {
  const challenge = await read(frames, 'challenge')
  if (!challenge) return
  // Where the versions do not meet the panel is the one to say so: it must know which node it turns away.
  const fields = answer(challenge, identity)
  const { panelId: _, panelNonce: __, ...said } = fields
  const { bootId } = identity
  const signature = sign(identity.key, authTranscript(fields))
  channel.send(agentCodec.encode('auth', { ...said, bootId, signature }))

  const welcome = await read(frames, 'welcome')
  if (!welcome) return
  const { epoch, protocol: agreed } = welcome
  if (agreed !== agreeVersion(versions, challenge.protocol)) {
    const { min, max } = challenge.protocol
    throw new PanelRefused(
      `the panel speaks versions ${min} to ${max}, this agent ${versions.min} to ${versions.max}, and it chose ${agreed}`
    )
  }
  const transcript = welcomeTranscript({ ...fields, epoch, agreed })
  if (!verify(identity.credentials.panelKey, transcript, welcome.signature)) {
    throw new PanelRefused("the panel's signature is wrong: this is not the panel we know")
  }
  if (epoch <= identity.lastEpoch) throw new PanelRefused('the panel gave out an old epoch')
  return { ...welcome, clockSkewMs: challenge.nowMs - Date.now() }
}

function answer(challenge: PanelBody<'challenge'>, identity: Identity) {
  const { credentials, key, instanceId, lastEpoch } = identity
  if (challenge.panelId !== credentials.panelId) {
    throw new PanelRefused(`another panel answers there (${challenge.panelId})`)
  }
  return {
    panelId: credentials.panelId,
    panelNonce: challenge.panelNonce,
    nodeId: credentials.nodeId,
    kid: key.kid,
    agentNonce: randomBytes(32).toString('base64'),
    instanceId,
    lastEpoch,
    protocol: versions
  }
}

async function read<T extends 'challenge' | 'welcome'>(
  frames: AsyncIterator<Frame>,
  type: T
): Promise<PanelBody<T> | undefined> {
  const next = await frames.next()
  if (next.done) return
  const message = decode(next.value)
  if (message?.type === type) return message.body as PanelBody<T>
  throw new PanelRefused(`the panel did not send a ${type}`)
}

function decode({ data, isBinary }: Frame): PanelMessage | undefined {
  if (isBinary || data.length > limits.unauthenticatedMessageBytes) return
  const decoded = agentCodec.decode(data.toString('utf8'))
  return decoded.kind === 'message' ? decoded.message : undefined
}
