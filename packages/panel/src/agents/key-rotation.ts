import { type AgentBody, keyIdOf, rotateTranscript, verify } from '@ctrl-alt-play/protocol'
import type { AgentKeysRepo } from './agent-keys.repo.ts'
import type { ProvenAgent } from './handshake.ts'

/**
 * Takes note of an agent's next key. It opens a session from now on, and the first one that it opens
 * retires the old key: whenever either end dies in between, one of the two works.
 */
export async function rotateKey(
  agent: Pick<ProvenAgent, 'nodeId' | 'epoch' | 'kid' | 'publicKey'>,
  body: AgentBody<'key.rotate'>,
  keys: Pick<AgentKeysRepo, 'addPending'>
): Promise<{ kid: string } | { refused: string }> {
  const { publicKey, signatureOld, signatureNew } = body
  const { nodeId, epoch, kid: oldKid } = agent
  const transcript = rotateTranscript({ nodeId, oldKid, publicKey, epoch })
  const signed =
    verify(agent.publicKey, transcript, signatureOld) && verify(publicKey, transcript, signatureNew)
  if (!signed) return { refused: 'the new key is not signed by both keys' }
  const kid = keyIdOf(publicKey)
  const added = await keys.addPending(agent, { oldKid, kid, publicKey })
  return added ? { kid } : { refused: 'the new key is known already' }
}
