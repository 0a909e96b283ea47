import type { ServerStats } from '@ctrl-alt-play/protocol'
import { askTogether } from '../../db/asked-together.ts'
import type { Database } from '../../db/client.ts'
import { Prisma } from '../../db/generated/client.ts'
import type { Vault } from '../../secrets/vault.ts'
import { containing, keyset, sortColumn } from '../keyset.ts'
import type { NodeStatus } from '../nodes/nodes.schema.ts'
import type { ServerScope } from '../permissions/can.ts'
import type {
  ServerEventsQuery,
  ServerPort,
  ServerStatus,
  ServersQuery,
  ServerView
} from './servers.schema.ts'
import {
  openVariables,
  planOf,
  plansOf,
  type VariableColumns,
  variableColumns
} from './variable-rows.ts'

/** A server and what hangs on it, from one statement. */
export interface ServerRow {
  id: string
  name: string
  status: ServerStatus
  lastKnownStatus: ServerStatus | null
  statusReason: string | null
  desiredState: ServerView['desiredState']
  installState: ServerView['installState']
  suspendedAt: Date | null
  deletedAt: Date | null
  nodeId: string | null
  nodeName: string | null
  nodeStatus: NodeStatus | null
  nodeIp: string | null
  altId: string
  altName: string
  /** The version it stays on; null: the newest. */
  altVersion: number | null
  altNewest: number
  ownerId: string
  ownerName: string
  port: number | null
  allocations: ServerPort[]
  memoryMiB: number
  swapMiB: number
  cpuPercent: number
  diskMiB: number
  pidsLimit: number
  dockerImage: string
  dockerContainerId: string | null
  startedAt: Date | null
  exitCode: number | null
  oomKilled: boolean | null
  crashCount: number
  createdAt: Date
  updatedAt: Date
}

export interface ServerDetailRow extends ServerRow {
  startup: string
  consoleEnd: number
  /** By name; one that does not open is left out. */
  variables: Record<string, { value: string; viewable: boolean }>
}

interface ServerEventRow {
  id: string
  start: string
  at: Date
  text: string
}

export interface ServersRepo {
  find(id: string): Promise<ServerDetailRow | undefined>
  list(query: ServersQuery, scope: ServerScope, userId: string | null): Promise<ServerRow[]>
  /** Null: it never had one. */
  newestSample(id: string): Promise<ServerStats | null>
  events(id: string, query: ServerEventsQuery): Promise<ServerEventRow[]>
}

const serverColumns = `
  s.id, s.name, s.status, s."lastKnownStatus", s."statusReason", s."desiredState", s."installState",
  s."suspendedAt", s."deletedAt", s."nodeId", n.name AS "nodeName", n.status AS "nodeStatus",
  n."ipAddress" AS "nodeIp", s."altId", s."altVersion", a.name AS "altName",
  a.version AS "altNewest", s."ownerId", u.username AS "ownerName",
  s.port, s."memoryMiB", s."swapMiB", s."cpuPercent", s."diskMiB", s."pidsLimit",
  s."dockerImage", s."dockerContainerId", s."startedAt", s."exitCode", s."oomKilled", s."crashCount",
  s."createdAt", s."updatedAt",
  COALESCE((SELECT json_agg(json_build_object('id', l.id, 'ip', l.ip, 'port', l.port,
      'protocol', lower(l.protocol::text), 'isPrimary', l."isPrimary")
      ORDER BY l."isPrimary" DESC, l.port)
    FROM "Allocation" l WHERE l."serverId" = s.id), '[]') AS allocations`

const joined = `
  FROM "Server" s JOIN "Alt" a ON a.id = s."altId" JOIN "User" u ON u.id = s."ownerId"
  LEFT JOIN "Node" n ON n.id = s."nodeId"`

const FIND = `SELECT ${serverColumns}, s.startup, s."consoleEnd"::float8 AS "consoleEnd",
    ${variableColumns}
  ${joined} WHERE s.id = ANY($1::uuid[])`

const sortColumns = {
  name: sortColumn('s.name', 'text'),
  createdAt: sortColumn('s."createdAt"', 'timestamptz')
}
const eventSort = { at: sortColumn('e.start', 'bigint', { isUnique: true }) }

type SealedRow = Omit<ServerDetailRow, 'variables'> & VariableColumns

export function createServersRepo({ pool }: Database, vault: Vault): ServersRepo {
  function opened(rows: SealedRow[]): ServerDetailRow[] {
    const plans = plansOf(vault, rows)
    return rows.map(columns => {
      const { own: _, content: _content, ...row } = columns
      const plan = planOf(columns, plans)
      const all = plan === undefined ? [] : openVariables(vault, columns, plan)
      const values = all.flatMap(({ name, value, viewable }) =>
        value === undefined ? [] : [[name, { value, viewable }] as const]
      )
      return { ...row, variables: Object.fromEntries(values) }
    })
  }

  /** Looked up before: only of ids that it knows can the planner tell how many servers they have. */
  async function ofTag(tag: string): Promise<Prisma.Sql> {
    const { rows } = await pool.query<{ id: string }>(
      'SELECT id FROM "Alt" WHERE tags @> ARRAY[$1]',
      [tag]
    )
    return Prisma.sql`s."altId" = ANY(${rows.map(({ id }) => id)}::uuid[])`
  }

  return {
    find: askTogether(async ids => {
      const query = { name: 'server-find', text: FIND, values: [ids] }
      return opened((await pool.query<SealedRow>(query)).rows)
    }),
    async list(query, scope, userId) {
      const { isAfter, orderAndLimit } = keyset(query, sortColumns, 's.id')
      const about = query.tag === undefined ? [] : [await ofTag(query.tag)]
      const conditions = [isAfter, scopeCondition(scope, userId), ...filters(query), ...about]
      const sql = Prisma.sql`SELECT ${Prisma.raw(serverColumns)} ${Prisma.raw(joined)}
        WHERE ${Prisma.join(conditions, ' AND ')} ${orderAndLimit}`
      return (await pool.query<ServerRow>(sql.text, sql.values)).rows
    },
    async newestSample(id) {
      const { rows } = await pool.query<{ resources: ServerStats | null }>(
        'SELECT resources FROM "Server" WHERE id = $1',
        [id]
      )
      return rows[0]?.resources ?? null
    },
    async events(id, query) {
      const { isAfter, orderAndLimit } = keyset(query, eventSort, 'e.id')
      const sql = Prisma.sql`SELECT e.id, e.start, e.at, e.text FROM "ServerLog" e
        WHERE e."serverId" = ${id}::uuid AND e.kind = 'EVENT' AND ${isAfter} ${orderAndLimit}`
      return (await pool.query<ServerEventRow>(sql.text, sql.values)).rows
    }
  }
}

/** The servers that the actor may see, as the database can tell them. */
function scopeCondition(scope: ServerScope, userId: string | null): Prisma.Sql {
  const notExcluded = Prisma.sql`s.id <> ALL(${scope.exclude}::uuid[])`
  if (scope.all) return notExcluded
  const own = scope.own ? Prisma.sql`s."ownerId" = ${userId}::uuid` : Prisma.sql`FALSE`
  return Prisma.sql`(${own} OR s.id = ANY(${scope.include}::uuid[])) AND ${notExcluded}`
}

function filters(query: ServersQuery): Prisma.Sql[] {
  const { status, nodeId, ownerId, altId, search } = query
  return [
    ...(status ? [Prisma.sql`s.status = ${status}::"ServerStatus"`] : []),
    ...(nodeId ? [Prisma.sql`s."nodeId" = ${nodeId}::uuid`] : []),
    ...(ownerId ? [Prisma.sql`s."ownerId" = ${ownerId}::uuid`] : []),
    ...(altId ? [Prisma.sql`s."altId" = ${altId}::uuid`] : []),
    ...(search ? [Prisma.sql`s.name ILIKE ${containing(search)}`] : [])
  ]
}
