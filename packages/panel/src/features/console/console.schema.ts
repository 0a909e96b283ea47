import { limits } from '@ctrl-alt-play/protocol'
import { type Static, Type } from '@sinclair/typebox'
import { Nullable, Timestamp } from '../../plugins/conventions.ts'
import { ServerStatus, StatsView } from '../servers/servers.schema.ts'

/** A place in a server's console: the count of bytes that it had printed before. */
const Position = Type.Integer({ minimum: 0, maximum: 2 ** 48 - 1 })

const InputLine = Type.String({
  maxLength: limits.inputLineBytes,
  pattern: '^[^\\r\\n\\u0000]*$',
  description: `One line without its end, at most ${limits.inputLineBytes} bytes.`
})

export const ConsoleBody = Type.Object({ command: InputLine })

const ConsoleLine = Type.Object({
  position: Position,
  at: Timestamp,
  stream: Type.Union([Type.Literal('stdout'), Type.Literal('stderr')]),
  line: Type.String({ description: 'Colours are left in; other terminal sequences are dropped.' })
})

export type ShownLine = Static<typeof ConsoleLine>

const gapFields = { from: Position, to: Position }

export const LogsQuery = Type.Object({
  after: Type.Integer({
    minimum: 0,
    maximum: 2 ** 48 - 1,
    default: 0,
    description: 'Lines from this position on.'
  }),
  limit: Type.Integer({ minimum: 1, maximum: 1_000, default: 200 })
})
export type LogsQuery = Static<typeof LogsQuery>

export const LogsPage = Type.Object({
  data: Type.Array(ConsoleLine),
  nextPosition: Position,
  gaps: Type.Array(Type.Object(gapFields), { description: 'Bytes known to be lost.' })
})
export type LogsPage = Static<typeof LogsPage>

/** What a browser says on `/servers/:id/console`. */
export const ConsoleClientMessage = Type.Union(
  [
    Type.Object(
      {
        type: Type.Literal('subscribe'),
        after: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 2 ** 48 - 1,
            description: 'Lines from this position on; without it the newest screenful.'
          })
        )
      },
      { additionalProperties: false }
    ),
    Type.Object({ type: Type.Literal('input'), line: InputLine }, { additionalProperties: false })
  ],
  { $id: 'ConsoleClientMessage', title: 'What a browser says on /servers/{id}/console' }
)
export type ConsoleClientMessage = Static<typeof ConsoleClientMessage>

/** What the panel says there. */
export const ConsoleServerMessage = Type.Union(
  [
    Type.Object({ type: Type.Literal('lines'), lines: Type.Array(ConsoleLine) }),
    Type.Object({
      type: Type.Literal('status'),
      status: ServerStatus,
      reason: Nullable(Type.String()),
      startedAt: Nullable(Timestamp)
    }),
    Type.Object({ type: Type.Literal('stats'), stats: StatsView }),
    Type.Object(
      { type: Type.Literal('gap'), ...gapFields },
      { description: 'These bytes are lost, or this reader was too slow for them.' }
    ),
    Type.Object({ type: Type.Literal('error'), code: Type.String(), message: Type.String() })
  ],
  { $id: 'ConsoleServerMessage', title: 'What the panel says on /servers/{id}/console' }
)
export type ConsoleServerMessage = Static<typeof ConsoleServerMessage>
