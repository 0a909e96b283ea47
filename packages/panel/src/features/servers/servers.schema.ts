import { ServerState } from '@ctrl-alt-play/protocol'
import { type Static, Type } from '@sinclair/typebox'
import { CommandBody } from '../../plugins/command-answer.ts'
import { ListOf, listQueryFields, Nullable, Timestamp, Uuid } from '../../plugins/conventions.ts'
import { PortProtocol } from '../allocations/allocations.schema.ts'
import { DisplayName } from '../names.ts'
import { NodeStatus } from '../nodes/nodes.schema.ts'
import { ImageReference } from '../templates/image-reference.ts'

/** What its node reports, or that nobody knows. What is absent is shown by what became of its installation. */
export const ServerStatus = Type.Union([
  ...Type.Exclude(ServerState, Type.Literal('ABSENT')).anyOf,
  Type.Literal('UNKNOWN')
])
export type ServerStatus = Static<typeof ServerStatus>

// ---------------------------------------------------------------- what callers send

const limitFields = {
  memoryMiB: Type.Integer({ minimum: 16, maximum: 4_194_304 }),
  cpuPercent: Type.Integer({
    minimum: 0,
    maximum: 102_400,
    description: '100 is one core; 0: no limit.'
  }),
  diskMiB: Type.Integer({
    minimum: 0,
    maximum: 1_073_741_824,
    description: '0: no limit. Measured and shown; not yet enforced.'
  })
}
const moreLimits = {
  swapMiB: Type.Optional(Type.Integer({ minimum: 0, maximum: 4_194_304 })),
  pidsLimit: Type.Optional(Type.Integer({ minimum: 16, maximum: 65_536 }))
}

const variableValue = Type.String({ maxLength: 4_096 })

const queue = Type.Optional(
  Type.Boolean({
    description: 'Wait for a node that is not connected, a day at most, instead of refusing.'
  })
)

export const ServerBody = Type.Object({
  name: DisplayName,
  altId: Uuid,
  nodeId: Type.Optional(Uuid),
  ownerId: Type.Optional(Uuid),
  ...limitFields,
  ...moreLimits,
  dockerImage: Type.Optional(ImageReference),
  environment: Type.Optional(
    Type.Record(Type.String(), variableValue, {
      maxProperties: 100,
      description: "Values of the alt's variables; the others have their defaults."
    })
  ),
  allocationIds: Type.Optional(
    Type.Array(Uuid, {
      minItems: 1,
      maxItems: 64,
      uniqueItems: true,
      description: 'Free ports to take; the first becomes the primary one.'
    })
  ),
  ports: Type.Optional(
    Type.Array(
      Type.Object({
        port: Type.Integer({ minimum: 1_024, maximum: 65_535 }),
        protocol: Type.Optional(PortProtocol)
      }),
      {
        minItems: 1,
        maxItems: 64,
        description: 'Ports to take, made when the node does not have them; the first is primary.'
      }
    )
  ),
  start: Type.Optional(Type.Boolean({ description: 'Start it once it is installed.' })),
  queue
})
export type ServerBody = Static<typeof ServerBody>

export const ServerPatch = Type.Object(
  {
    name: Type.Optional(DisplayName),
    ownerId: Type.Optional(Uuid),
    suspended: Type.Optional(
      Type.Boolean({
        description:
          'true: it goes down and can only be looked at, until false lifts that. Needs server-update on all servers.'
      })
    ),
    ...Type.Partial(Type.Object(limitFields)).properties,
    ...moreLimits,
    dockerImage: Type.Optional(
      Type.Union([ImageReference, Type.Null()], { description: "null: the alt's own again." })
    ),
    altVersion: Type.Optional(
      Type.Integer({
        ...{ minimum: 1, maximum: 2_147_483_647 },
        description:
          'To a newer version of its alt, or back. All values are held against the rules of that version; new ones are given with it. Its installation is not run again by itself.'
      })
    ),
    environment: Type.Optional(
      Type.Record(Type.String(), Nullable(variableValue), {
        maxProperties: 100,
        description: "null: the alt's default again."
      })
    )
  },
  { minProperties: 1 }
)
export type ServerPatch = Static<typeof ServerPatch>

export const PowerBody = Type.Object({
  action: Type.Union([
    Type.Literal('start'),
    Type.Literal('stop'),
    Type.Literal('restart'),
    Type.Literal('kill')
  ]),
  queue
})
export type PowerBody = Static<typeof PowerBody>

export const ReinstallBody = Type.Object({
  wipe: Type.Optional(Type.Boolean({ description: "Delete the server's files first." })),
  queue
})
export type ReinstallBody = Static<typeof ReinstallBody>

export const DeleteQuery = Type.Object({
  force: Type.Optional(
    Type.Boolean({
      description: 'The record alone, when the node was declared lost or is gone.'
    })
  ),
  queue
})
export type DeleteQuery = Static<typeof DeleteQuery>

export const ServersQuery = Type.Object({
  ...listQueryFields(['name', '-name', 'createdAt', '-createdAt']),
  status: Type.Optional(ServerStatus),
  nodeId: Type.Optional(Uuid),
  ownerId: Type.Optional(Uuid),
  altId: Type.Optional(Uuid),
  tag: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'Of what their template is about.' })
  ),
  search: Type.Optional(Type.String({ minLength: 1, maxLength: 64 }))
})
export type ServersQuery = Static<typeof ServersQuery>

// ---------------------------------------------------------------- what callers get

const ServerPort = Type.Object({
  id: Uuid,
  ip: Type.String(),
  port: Type.Integer(),
  protocol: PortProtocol,
  isPrimary: Type.Boolean()
})
export type ServerPort = Static<typeof ServerPort>

const serverFields = {
  id: Uuid,
  name: Type.String(),
  status: ServerStatus,
  lastKnownStatus: Nullable(ServerStatus),
  statusReason: Nullable(Type.String()),
  desiredState: Type.Union([
    Type.Literal('RUNNING'),
    Type.Literal('STOPPED'),
    Type.Literal('ABSENT')
  ]),
  installState: Type.Union([
    Type.Literal('PENDING'),
    Type.Literal('RUNNING'),
    Type.Literal('DONE'),
    Type.Literal('FAILED')
  ]),
  suspendedAt: Nullable(Timestamp),
  deletedAt: Nullable(Timestamp),
  node: Nullable(
    Type.Object({
      id: Uuid,
      name: Type.String(),
      status: NodeStatus,
      ipAddress: Nullable(Type.String())
    })
  ),
  alt: Type.Object({
    id: Uuid,
    name: Type.String(),
    version: Type.Integer({ description: 'What the server is made of, until it is moved.' }),
    newestVersion: Type.Integer(),
    hasUpdate: Type.Boolean()
  }),
  owner: Type.Object({ id: Uuid, username: Type.String() }),
  port: Nullable(Type.Integer()),
  allocations: Type.Array(ServerPort),
  limits: Type.Object({
    memoryMiB: Type.Integer(),
    swapMiB: Type.Integer(),
    cpuPercent: Type.Integer(),
    diskMiB: Type.Integer({ description: 'Measured and shown; not yet enforced.' }),
    pidsLimit: Type.Integer()
  }),
  dockerImage: Type.String(),
  dockerContainerId: Nullable(Type.String()),
  startedAt: Nullable(Timestamp),
  exitCode: Nullable(Type.Integer()),
  oomKilled: Nullable(Type.Boolean()),
  crashCount: Type.Integer(),
  createdAt: Timestamp,
  updatedAt: Timestamp
}

export const ServerSummary = Type.Object(serverFields)
export type ServerSummary = Static<typeof ServerSummary>

export const ServerView = Type.Object({
  ...serverFields,
  startup: Type.String(),
  environment: Nullable(
    Type.Record(Type.String(), Type.String(), {
      description: 'Without server-update: null. Values may be passwords.'
    })
  ),
  consoleEnd: Type.Integer({ description: 'How far the console is stored: a position.' }),
  permissions: Type.Array(Type.String(), { description: 'What I may do with this server, now.' })
})
export type ServerView = Static<typeof ServerView>

export const ServersPage = ListOf(ServerSummary)
export const CreatedServer = Type.Object({ server: ServerView, command: CommandBody })
export const CommandAnswer = Type.Object({ command: CommandBody })

export const ServerPortBody = Type.Object({
  port: Type.Optional(
    Type.Integer({
      minimum: 1_024,
      maximum: 65_535,
      description: 'Made when the node does not have it; without it one that is free.'
    })
  ),
  protocol: Type.Optional(PortProtocol)
})
export const ServerPortPatch = Type.Object({ isPrimary: Type.Literal(true) })
export const ServerPortParams = Type.Object({ id: Uuid, allocationId: Uuid })

export const StatsView = Type.Object({
  at: Timestamp,
  cpuPercent: Type.Number(),
  memoryMiB: Type.Number(),
  networkRxBytes: Type.Number(),
  networkTxBytes: Type.Number(),
  diskMiB: Type.Number(),
  uptimeSeconds: Type.Number()
})
export type StatsView = Static<typeof StatsView>

export const ServerEventView = Type.Object({ id: Uuid, at: Timestamp, text: Type.String() })
export type ServerEventView = Static<typeof ServerEventView>
export const ServerEventsPage = ListOf(ServerEventView)
export const ServerEventsQuery = Type.Object(listQueryFields(['-at']))
export type ServerEventsQuery = Static<typeof ServerEventsQuery>
