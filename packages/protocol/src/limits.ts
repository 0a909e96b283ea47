/** Bounds of the wire. Both ends hold to them; docs/protocol.md explains each. */
export const limits = {
  /** A JSON message from agent to panel. */
  agentMessageBytes: 65_536,
  /** A JSON message from panel to agent (an install script rides in one). */
  panelMessageBytes: 262_144,
  /** Any message before the other end has proved who it is. */
  unauthenticatedMessageBytes: 4_096,
  /** Lists and objects within each other in a message: whoever keeps it writes it again, level by level. */
  messageDepth: 64,
  /** Payload of one binary frame. */
  framePayloadBytes: 16_384,
  /** A longer console line is split into parts of this size. */
  consoleLineBytes: 8_192,
  /** Unacknowledged bytes on one console stream. */
  consoleCreditBytes: 65_536,
  /** A line that a person types into a game. */
  inputLineBytes: 4_096,
  /** What a finished command may carry back. */
  commandResultBytes: 8_192,
  authenticationTimeoutMs: 10_000,
  acknowledgeTimeoutMs: 10_000,
  callTimeoutMs: 10_000,
  pingIntervalMs: 20_000,
  pongTimeoutMs: 10_000,
  /** The agent gives a session up after so long without any frame. */
  silenceTimeoutMs: 45_000
} as const

/** The WebSocket subprotocol of an agent's connection. */
export const AGENT_SUBPROTOCOL = 'cap.agent.v1'

/** Why a session was closed. */
export const closeCodes = {
  normal: 1000,
  goingAway: 1001,
  tooBig: 1009,
  tryAgainLater: 1013,
  badMessage: 4400,
  notAuthenticated: 4401,
  revoked: 4403,
  authenticationTimeout: 4408,
  superseded: 4409,
  /** Panel and agent have no version in common. */
  upgradeNeeded: 4426,
  unresponsive: 4428
} as const
