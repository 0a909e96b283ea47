import { AllocationView } from '../features/allocations/allocations.schema.ts'
import { ApiKeyView } from '../features/api-keys/api-keys.schema.ts'
import { AuditRow } from '../features/audit/audit.schema.ts'
import { AccountView } from '../features/auth/auth.schema.ts'
import { InvitationView, MemberView, MyInvitation } from '../features/members/members.schema.ts'
import { EnrollmentView, NodeDetail, NodeStatus, NodeView } from '../features/nodes/nodes.schema.ts'
import { RoleView } from '../features/roles/roles.schema.ts'
import {
  ServerEventView,
  ServerStatus,
  ServerSummary,
  ServerView,
  StatsView
} from '../features/servers/servers.schema.ts'
import { SessionView } from '../features/sessions/sessions.schema.ts'
import { AltView, CtrlView } from '../features/templates/templates.schema.ts'
import { UserView } from '../features/users/users.schema.ts'
import { CommandBody } from './command-answer.ts'
import { ErrorBody } from './conventions.ts'

/** What the description writes down once and points at from wherever it is said. */
const named: Record<string, object> = {
  Account: AccountView,
  Allocation: AllocationView,
  Alt: AltView,
  ApiKey: ApiKeyView,
  AuditRow,
  Command: CommandBody,
  Ctrl: CtrlView,
  Enrollment: EnrollmentView,
  Error: ErrorBody,
  Invitation: InvitationView,
  Member: MemberView,
  MyInvitation,
  Node: NodeView,
  NodeDetail,
  NodeStatus,
  Role: RoleView,
  Server: ServerView,
  ServerEvent: ServerEventView,
  ServerStatus,
  ServerSummary,
  Session: SessionView,
  Stats: StatsView,
  User: UserView
}

type Json = Record<string, unknown>

/** The same description with each named schema in one place, and a choice of words as one list. */
export function withComponents<T extends { paths?: object; components?: object }>(document: T): T {
  const names = new Map(Object.entries(named).map(([name, schema]) => [textOf(schema), name]))

  function pointing(value: unknown, self?: string): unknown {
    if (Array.isArray(value)) return value.map(part => pointing(part))
    if (typeof value !== 'object' || value === null) return value
    const name = isSchema(value) ? names.get(textOf(value)) : undefined
    if (name && name !== self) return { $ref: `#/components/schemas/${name}` }
    return Object.fromEntries(
      Object.entries(rewritten(value as Json)).map(([key, part]) => [key, pointing(part)])
    )
  }

  const { paths, components } = document
  const own = Object.entries(named).map(([name, schema]) => [name, pointing(schema, name)])
  const rest = pointing(components) as { schemas?: object }
  const schemas = { ...rest.schemas, ...Object.fromEntries(own) }
  return { ...document, paths: pointing(paths), components: { ...rest, schemas } }
}

const isSchema = (value: object): boolean => 'anyOf' in value || 'properties' in value

/** The same for the same schema, however it is written. */
function textOf(schema: unknown): string {
  return JSON.stringify(schema, (_, value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(rewritten(value)).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  )
}

/** As Fastify's plugin writes it, but for choices of words, which become one list. */
function rewritten({ const: word, patternProperties, anyOf, ...rest }: Json): Json {
  if (word !== undefined) return { ...rest, enum: [word] }
  if (patternProperties) {
    return { ...rest, additionalProperties: Object.values(patternProperties)[0] }
  }
  if (!Array.isArray(anyOf)) return rest
  const parts = anyOf.map(rewritten)
  const areWords = parts.every(
    part => part.type === 'string' && Array.isArray(part.enum) && Object.keys(part).length === 2
  )
  return areWords
    ? { ...rest, type: 'string', enum: parts.flatMap(part => part.enum) }
    : { ...rest, anyOf }
}
