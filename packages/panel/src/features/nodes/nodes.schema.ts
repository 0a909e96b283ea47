import { NodeResources, Orphan } from '@ctrl-alt-play/protocol'
import { type Static, Type } from '@sinclair/typebox'
import { ListOf, listQueryFields, Nullable, Timestamp, Uuid } from '../../plugins/conventions.ts'
import { DisplayName } from '../names.ts'

export const NodeStatus = Type.Union([
  Type.Literal('PENDING'),
  Type.Literal('ONLINE'),
  Type.Literal('SUSPECT'),
  Type.Literal('UNREACHABLE'),
  Type.Literal('QUARANTINED')
])
export type NodeStatus = Static<typeof NodeStatus>

const IpAddress = Type.String({
  minLength: 2,
  maxLength: 45,
  description: 'Where players connect.'
})

export const NodeBody = Type.Object({
  name: DisplayName,
  ipAddress: Type.Optional(Nullable(IpAddress))
})
export type NodeBody = Static<typeof NodeBody>

export const NodePatch = Type.Object(
  {
    name: Type.Optional(DisplayName),
    ipAddress: Type.Optional(Nullable(IpAddress)),
    maintenance: Type.Optional(Type.Boolean({ description: 'true: it gets no new servers.' }))
  },
  { minProperties: 1 }
)
export type NodePatch = Static<typeof NodePatch>

export const NodesQuery = Type.Object({
  ...listQueryFields(['name', '-name', 'createdAt', '-createdAt']),
  status: Type.Optional(NodeStatus),
  search: Type.Optional(Type.String({ minLength: 1, maxLength: 64 }))
})
export type NodesQuery = Static<typeof NodesQuery>

const nodeFields = {
  id: Uuid,
  name: Type.String(),
  status: NodeStatus,
  ipAddress: Nullable(Type.String()),
  port: Nullable(
    Type.Integer({ description: 'Null: an agent shows its status on a socket of its machine.' })
  ),
  hostname: Nullable(Type.String()),
  agentVersion: Nullable(Type.String()),
  resources: Nullable(NodeResources),
  lastSeen: Nullable(Timestamp),
  enrolledAt: Nullable(Timestamp),
  maintenance: Type.Boolean(),
  lostAt: Nullable(Timestamp),
  journalLost: Nullable(Timestamp),
  agentRefused: Nullable(
    Type.String({
      description:
        'Why its agent, which knocks, is turned away: it or the panel must be upgraded. Games run on.'
    })
  ),
  serversCount: Type.Integer(),
  createdAt: Timestamp,
  updatedAt: Timestamp
}

export const NodeView = Type.Object(nodeFields)
export type NodeView = Static<typeof NodeView>

export const NodeDetail = Type.Object({
  ...nodeFields,
  orphans: Type.Array(Orphan, {
    description: 'Containers with our name or labels that nobody wants. They are left alone.'
  })
})
export type NodeDetail = Static<typeof NodeDetail>

export const NodesPage = ListOf(NodeView)

export const EnrollmentView = Type.Object({
  token: Type.String({ description: 'Works once.' }),
  expiresAt: Timestamp,
  command: Type.String({ description: 'The line to paste on the machine, as root.' }),
  panelKey: Type.String({ description: "The panel's public key, which the line pins." }),
  warning: Type.Optional(Type.String())
})
export type EnrollmentView = Static<typeof EnrollmentView>

export const EnrollmentAnswer = Type.Object({ enrollment: EnrollmentView })
export const CreatedNode = Type.Object({ node: NodeView, enrollment: EnrollmentView })
export type CreatedNode = Static<typeof CreatedNode>

export const LostNode = Type.Object({
  node: NodeView,
  abandonedCommands: Type.Integer({ description: 'Open commands that became UNKNOWN.' })
})
export type LostNode = Static<typeof LostNode>
