import { type Static, Type } from '@sinclair/typebox'
import { Nullable, Timestamp } from '../../plugins/conventions.ts'

export const StatsHistoryQuery = Type.Object({
  range: Type.Union([Type.Literal('1h'), Type.Literal('24h'), Type.Literal('7d')], {
    default: '1h',
    description: 'How far back.'
  })
})
export type StatsHistoryQuery = Static<typeof StatsHistoryQuery>

const StatsPoint = Type.Object({
  at: Timestamp,
  cpuPercent: Type.Number({ description: 'Of a server: 100 is one core. Of a node: all of it.' }),
  memoryMiB: Type.Number(),
  diskMiB: Nullable(Type.Number()),
  networkRxBytesPerSecond: Nullable(Type.Number()),
  networkTxBytesPerSecond: Nullable(Type.Number())
})

export const StatsHistory = Type.Object({
  from: Timestamp,
  to: Timestamp,
  stepSeconds: Type.Integer({ description: 'Points further apart than this have a gap between.' }),
  data: Type.Array(StatsPoint, { description: 'Oldest first; averages of the step after `at`.' })
})
export type StatsHistory = Static<typeof StatsHistory>
