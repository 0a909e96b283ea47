import { type Static, Type } from '@sinclair/typebox'
import { ListOf, listQueryFields, Nullable, Timestamp, Uuid } from '../../plugins/conventions.ts'

export const PortProtocol = Type.Union([
  Type.Literal('tcp'),
  Type.Literal('udp'),
  Type.Literal('both')
])
export type PortProtocol = Static<typeof PortProtocol>

export const AllocationView = Type.Object({
  id: Uuid,
  nodeId: Uuid,
  ip: Type.String(),
  port: Type.Integer(),
  protocol: PortProtocol,
  isPrimary: Type.Boolean(),
  serverId: Nullable(Uuid),
  serverName: Nullable(Type.String()),
  createdAt: Timestamp
})
export type AllocationView = Static<typeof AllocationView>

export const AllocationsPage = ListOf(AllocationView)

export const AllocationsQuery = Type.Object({
  ...listQueryFields(['port', '-port']),
  free: Type.Optional(Type.Boolean({ description: 'Only those without a server, or with one.' }))
})
export type AllocationsQuery = Static<typeof AllocationsQuery>

export const MAX_PORTS_A_CALL = 10_000
/** On all its addresses together, whether a server has them or not. */
export const MAX_PORTS_OF_NODE = 100_000

export const AllocationsBody = Type.Object({
  ip: Type.String({
    minLength: 2,
    maxLength: 45,
    description: 'An address of the node; 0.0.0.0 is all of them.'
  }),
  ports: Type.String({
    minLength: 1,
    maxLength: 4_096,
    description: `Ports and ranges, e.g. 27015-27030,8303; at most ${MAX_PORTS_A_CALL} in one call and ${MAX_PORTS_OF_NODE} on a node.`
  }),
  protocol: Type.Optional(PortProtocol)
})
export type AllocationsBody = Static<typeof AllocationsBody>

export const CreatedAllocations = Type.Object({ data: Type.Array(AllocationView) })

export const AllocationParams = Type.Object({ id: Uuid, allocationId: Uuid })
