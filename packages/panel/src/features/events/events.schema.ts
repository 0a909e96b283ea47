import { NodeResources } from '@ctrl-alt-play/protocol'
import { type Static, Type } from '@sinclair/typebox'
import { CommandBody } from '../../plugins/command-answer.ts'
import { Nullable, Timestamp, Uuid } from '../../plugins/conventions.ts'
import { NodeStatus } from '../nodes/nodes.schema.ts'
import { ServerStatus, StatsView } from '../servers/servers.schema.ts'

/** What a browser says on `/events`: nobody is sent figures who does not look at them. */
export const EventsClientMessage = Type.Object(
  {
    type: Type.Literal('watch'),
    servers: Type.Array(Uuid, { maxItems: 200, description: 'Whose samples I want from now on.' }),
    nodes: Type.Array(Uuid, { maxItems: 200, description: 'Whose resources I want from now on.' })
  },
  {
    $id: 'EventsClientMessage',
    title: 'What a browser says on /events',
    description: 'It replaces what was asked for before. What I may not see is left out silently.'
  }
)
export type EventsClientMessage = Static<typeof EventsClientMessage>

/** What the panel says on `/events`: of servers that the reader may view, of nodes to those who manage them. */
export const EventMessage = Type.Union(
  [
    Type.Object({
      type: Type.Literal('server.status'),
      serverId: Uuid,
      nodeId: Nullable(Uuid),
      status: ServerStatus,
      reason: Nullable(Type.String()),
      startedAt: Nullable(Timestamp)
    }),
    Type.Object({ type: Type.Literal('server.deleted'), serverId: Uuid }),
    Type.Object({ type: Type.Literal('node.status'), nodeId: Uuid, status: NodeStatus }),
    Type.Object({ type: Type.Literal('command'), command: CommandBody }),
    Type.Object(
      { type: Type.Literal('access.changed'), serverId: Nullable(Uuid) },
      {
        description:
          'What somebody may do with this server, or what it is set to, has changed; null: what I may do everywhere.'
      }
    ),
    Type.Object({ type: Type.Literal('server.stats'), serverId: Uuid, stats: StatsView }),
    Type.Object({
      type: Type.Literal('node.resources'),
      nodeId: Uuid,
      resources: NodeResources
    }),
    Type.Object(
      { type: Type.Literal('error'), code: Type.String(), message: Type.String() },
      { description: 'To a browser that says something else.' }
    )
  ],
  {
    $id: 'EventMessage',
    title: 'What the panel says on /events',
    description: 'After a reconnect read the lists again, and say again what is watched.'
  }
)
export type EventMessage = Static<typeof EventMessage>
