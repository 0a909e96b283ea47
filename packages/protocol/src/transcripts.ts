/**
 * What is signed, byte for byte. Each field is of a shape that holds no line feed (see parts.ts),
 * so two different sets of fields never give the same text.
 */
function transcript(name: string, ...fields: (string | number)[]): Buffer {
  return Buffer.from([name, ...fields].join('\n'), 'utf8')
}

export function enrollTranscript(fields: { tokenId: string; publicKey: string }): Buffer {
  return transcript('cap-enrol-v1', fields.tokenId, fields.publicKey)
}

export function enrolledTranscript(fields: {
  tokenId: string
  publicKey: string
  nodeId: string
  kid: string
  panelId: string
}): Buffer {
  const { tokenId, publicKey, nodeId, kid, panelId } = fields
  return transcript('cap-enrolled-v1', tokenId, publicKey, nodeId, kid, panelId)
}

export interface AuthFields {
  panelId: string
  nodeId: string
  kid: string
  panelNonce: string
  agentNonce: string
  instanceId: string
  lastEpoch: number
  /** The range the agent offers: signed, so that nobody in between can talk both ends down. */
  protocol: { min: number; max: number }
}

export function authTranscript(f: AuthFields): Buffer {
  return transcript('cap-agent-auth-v1', ...authFields(f))
}

export function welcomeTranscript(f: AuthFields & { epoch: number; agreed: number }): Buffer {
  return transcript('cap-panel-welcome-v1', ...authFields(f), f.epoch, f.agreed)
}

/** Signed by the old key and by the new one. */
export function rotateTranscript(fields: {
  nodeId: string
  oldKid: string
  publicKey: string
  epoch: number
}): Buffer {
  return transcript('cap-rotate-v1', fields.nodeId, fields.oldKid, fields.publicKey, fields.epoch)
}

function authFields(f: AuthFields): (string | number)[] {
  return [
    f.panelId,
    f.nodeId,
    f.kid,
    f.panelNonce,
    f.agentNonce,
    f.instanceId,
    f.lastEpoch,
    f.protocol.min,
    f.protocol.max
  ]
}
