import { closeCodes, limits, panelCodec, type ServerReport } from '@ctrl-alt-play/protocol'
import { createCalls } from './calls.ts'
import { cleanTexts } from './clean-text.ts'
import { createCommandReports } from './command-reports.ts'
import { createDispatcher } from './dispatcher.ts'
import type { ProvenAgent } from './handshake.ts'
import { createOwnership } from './ownership.ts'
import type { AgentSession } from './registry.ts'
import type { SecurityNote } from './security-notes.ts'
import { createSessionFrames } from './session-frames.ts'
import { createSessionMessages, type SessionContext } from './session-messages.ts'
import type { SessionServices } from './session-services.ts'
import { untilStored } from './until-stored.ts'
import type { AgentWire } from './wire.ts'

interface Frame {
  data: Buffer
  isBinary: boolean
}

export interface RunningSession extends AgentSession {
  /** One frame after the other; resolves when it is dealt with. */
  handle(frame: Frame): Promise<void>
}

/** One session's life: from a welcome to the end of its socket. */
export function createSession(
  agent: ProvenAgent,
  wire: AgentWire,
  services: SessionServices
): RunningSession {
  const { nodeId, epoch, kid, quarantined } = agent
  const { registry, timing, now, states, settle, log, failpoint } = services
  const fence = { nodeId, epoch }
  const ending = new AbortController()
  const reports = new Map<string, ServerReport>()
  const calls = createCalls({ fence, wire, timeoutMs: timing.callMs, now })
  const onRoom = () => services.outbox.wake(nodeId)
  const parts = { fence, wire, states, settle, timing, now, onRoom, log, failpoint }
  const dispatcher = createDispatcher(parts)
  let isReady = false
  let isHandling = false
  let heardAt = now()
  let toldAt = heardAt
  let pingedAt = heardAt
  let movedAt = heardAt
  let partsLeft = 0

  // Without spreads: an object that begins with one has a hidden class to itself, ten thousand times.
  const session: RunningSession = {
    nodeId,
    epoch,
    kid,
    quarantined,
    wire,
    calls,
    dispatcher,
    reports,
    isReady: () => isReady && !ending.signal.aborted,
    hear() {
      heardAt = now()
    },
    end(code, reason) {
      if (ending.signal.aborted) return
      log.info({ nodeId, epoch, code, reason }, 'agent session ends')
      wire.close(code, reason)
      // Who does not take what was sent before takes no good-bye either.
      if (wire.paced().isHeldUp) wire.terminate()
      ending.abort()
      calls.end()
      services.heartbeats.end(fence)
      services.consoleHub.sessionEnded(session)
      if (registry.detach(session)) services.facts.endSession(nodeId)
    },
    tick,
    handle
  }

  const ownership = createOwnership(nodeId, services.statusesRepo)
  const context: SessionContext = {
    agent,
    session,
    wire,
    services,
    reports,
    ownership,
    signal: ending.signal,
    commandReports: createCommandReports({
      fence,
      wire,
      settle,
      log,
      failpoint,
      signal: ending.signal,
      commands: services.commands,
      statuses: services.statuses,
      events: services.events,
      onForeign: id => refuse('security.agent.foreign-command', { commandId: id })
    }),
    becomeReady() {
      isReady = true
    },
    async mayName(serverIds) {
      const asked = [...serverIds]
      const sort = () => ownership.sort(asked)
      const foreign = await untilStored(sort, { signal: ending.signal, log, nodeId })
      if (foreign.length > 0) {
        refuse('security.agent.foreign-server', { serverIds: foreign.slice(0, 20) })
      } else if (ownership.isNonsense()) {
        session.end(closeCodes.badMessage, 'too many servers that do not exist')
      }
      return !ending.signal.aborted
    },
    refuse
  }
  const handleMessage = createSessionMessages(context)
  const handleConsole = createSessionFrames(context)

  /** It spoke of what is not its own: whoever it is, this must not go on. */
  function refuse(action: SecurityNote['action'], after: Record<string, unknown>): void {
    log.warn({ nodeId, epoch, action, ...after }, 'an agent overstepped its node')
    services.note({ action, nodeId, kid, ip: agent.ip, after })
    session.end(closeCodes.badMessage, 'that is not of this node')
  }

  async function handle({ data, isBinary }: Frame): Promise<void> {
    if (ending.signal.aborted) return
    if (data.byteLength > limits.agentMessageBytes) {
      return session.end(closeCodes.tooBig, 'a message may have 64 KiB')
    }
    isHandling = true
    try {
      if (isBinary) return await handleConsole(data)
      const text = data.toString()
      const decoded = panelCodec.decode(text)
      if (decoded.kind === 'refused') return session.end(closeCodes.badMessage, decoded.reason)
      if (decoded.kind === 'message') await handleMessage(cleanTexts(decoded.message, text))
    } finally {
      isHandling = false
    }
  }

  function tick(nowMs: number): void {
    const { left, isHeldUp } = wire.paced()
    if (!isHeldUp || left > partsLeft) movedAt = nowMs
    partsLeft = left
    // While its frames wait for us, its silence is ours; not while we wait for it to take ours.
    const isOurs = isHandling && movedAt === nowMs
    if (isOurs) heardAt = nowMs
    if (heardAt > toldAt) {
      toldAt = nowMs
      services.heartbeats.heard(fence)
      if (!quarantined) services.liveness.heard(nodeId)
    }
    calls.tick(nowMs)
    // An acknowledgement may be among the frames that wait.
    if (!isOurs) dispatcher.tick(nowMs)
    if (isHeldUp) {
      // A ping would wait behind what it does not take.
      if (nowMs - movedAt >= timing.unreachableMs) {
        session.end(closeCodes.unresponsive, 'it does not take what is sent')
      }
      return
    }
    if (pingedAt > heardAt && nowMs - pingedAt >= timing.pongMs) {
      session.end(closeCodes.unresponsive, 'no answer to a ping')
      wire.terminate()
    } else if (nowMs - pingedAt >= timing.pingMs) {
      pingedAt = nowMs
      wire.ping()
    }
  }

  return session
}
