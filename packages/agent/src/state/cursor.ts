import { type Static, Type } from '@sinclair/typebox'

/** Where reading a server's console goes on, and which position the next line has. */
export const Cursor = Type.Object({
  serverId: Type.String(),
  /** Empty: nothing of the newest container has been read. */
  containerId: Type.String(),
  /** The engine's time of the last line read, in nanoseconds (a bigint as text). */
  sinceNs: Type.String({ pattern: '^\\d{1,20}$' }),
  /** So many lines carry that time and are already counted. */
  skip: Type.Integer({ minimum: 0 }),
  position: Type.Integer({ minimum: 0 }),
  /** The panel may have more of this console than the agent knows of: it has not said where its end is. */
  unconfirmed: Type.Optional(Type.Boolean())
})
export type Cursor = Static<typeof Cursor>
