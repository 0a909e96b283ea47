import { type Static, Type } from '@sinclair/typebox'
import { CommandBody } from '../../plugins/command-answer.ts'
import { Nullable, Timestamp, Uuid } from '../../plugins/conventions.ts'
import { NodeStatus } from '../nodes/nodes.schema.ts'
import { ServerStatus } from '../servers/servers.schema.ts'

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
      { type: Type.Literal('error'), code: Type.String(), message: Type.String() },
      { description: 'To a browser that says something.' }
    )
  ],
  {
    $id: 'EventMessage',
    title: 'What the panel says on /events',
    description: 'The browser says nothing. After a reconnect read the lists again.'
  }
)
export type EventMessage = Static<typeof EventMessage>
