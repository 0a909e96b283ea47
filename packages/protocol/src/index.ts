import { agentMessages } from './agent-messages.ts'
import type { Body, Message } from './catalog.ts'
import { createCodec } from './codec.ts'
import { panelMessages } from './panel-messages.ts'

export { batchesOf } from './batches.ts'
export type { Codec, Decoded } from './codec.ts'
export {
  type CallHandlers,
  type CallName,
  type CallParams,
  type CallResult,
  type CommandKind,
  CommandOutcome,
  type CommandPayload,
  CommandProgress,
  calls,
  commandPayloads,
  InstallScript,
  isCallName,
  isCommandKind,
  laneOf,
  type PowerKind,
  recoveryOf
} from './commands.ts'
export {
  type ConsoleFrame,
  type ConsoleLine,
  decodeConsoleFrame,
  decodeLines,
  encodeConsoleFrame,
  encodeLines,
  endOf,
  lengthOf,
  takeFrame,
  wireLengthOf
} from './console-frames.ts'
export { digestOf } from './digest.ts'
export {
  EnrollmentAnswer,
  EnrollmentRequest,
  EnrollmentTokenText,
  parseEnrollmentToken
} from './enrollment.ts'
export {
  createFailpoint,
  type Failpoint,
  type FailpointSetting,
  parseFailpoint,
  readFailpointSetting
} from './failpoint.ts'
export { type Arrow, type FailpointName, failpoints } from './failpoint-catalog.ts'
export { createFlight, type Flight } from './flight.ts'
export { gatherWrites } from './gathered-writes.ts'
export { createKeyPair, createSigner, type KeyPair, keyIdOf, sign, verify } from './identity.ts'
export { isDeeperThan } from './json-depth.ts'
export { AGENT_SUBPROTOCOL, closeCodes, limits } from './limits.ts'
export { EngineInfo, MachineFacts, NodeResources } from './node-report.ts'
export { type FailpointProcess, openFailpoint } from './open-failpoint.ts'
export { type PlainExpression, readPlainExpression, whyNotRe2 } from './plain-expression.ts'
export {
  absentReport,
  Orphan,
  ServerEvent,
  ServerReport,
  ServerState,
  ServerStats
} from './server-report.ts'
export {
  ConfigEdit,
  ConfigFile,
  DesiredState,
  PublishedPort,
  ServerLimits,
  ServerSpec,
  StopRule,
  WantedServer
} from './server-spec.ts'
export {
  type AuthFields,
  authTranscript,
  enrolledTranscript,
  enrollTranscript,
  rotateTranscript,
  welcomeTranscript
} from './transcripts.ts'
export {
  agreeVersion,
  OLDEST_SUPPORTED_VERSION,
  PROTOCOL_VERSION,
  type VersionRange
} from './version.ts'

export type AgentMessage = Message<typeof agentMessages>
export type PanelMessage = Message<typeof panelMessages>
export type AgentBody<K extends keyof typeof agentMessages> = Body<typeof agentMessages, K>
export type PanelBody<K extends keyof typeof panelMessages> = Body<typeof panelMessages, K>

/** The agent's end: writes agent messages, reads panel messages. */
export const agentCodec = createCodec(agentMessages, panelMessages)
/** The panel's end. */
export const panelCodec = createCodec(panelMessages, agentMessages)
/** The names of all messages of each direction. */
export const messageTypes = {
  agent: Object.keys(agentMessages),
  panel: Object.keys(panelMessages)
} as const
