import { closeCodes, decodeConsoleFrame } from '@ctrl-alt-play/protocol'
import type { SessionContext } from './session-messages.ts'
import { untilStored } from './until-stored.ts'

/** The binary half of a session: console lines, for people who watch and for the history. */
export function createSessionFrames(context: SessionContext) {
  const { agent, session, wire, services, ownership, signal } = context
  const { consoleHub, consoleStore, log } = services
  const { nodeId, epoch } = agent
  const source = {
    nodeId,
    epoch,
    stored(serverId: string, position: number) {
      wire.send('console.stored', { serverId, position })
    }
  }

  return async (data: Buffer): Promise<void> => {
    const frame = decodeConsoleFrame(data)
    if (!frame) return session.end(closeCodes.badMessage, 'a binary frame is damaged')
    if (agent.quarantined || frame.lines.length === 0) return
    if (frame.type === 'live') return consoleHub.frame(session, frame)
    if (!(await context.mayName([frame.serverId])) || !ownership.owns(frame.serverId)) return
    if (consoleStore.offer(source, frame)) return
    await untilStored(() => consoleStore.flush(), { signal, log, nodeId })
  }
}
