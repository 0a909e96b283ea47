import { v7 as uuidV7 } from 'uuid'
import type { Queries } from '../../agents/contract.ts'
import type { Database } from '../../db/client.ts'
import { Prisma, type Server } from '../../db/generated/client.ts'
import type { Vault } from '../../secrets/vault.ts'
import type { PowerFacts } from './power-plan.ts'

export type Tx = Prisma.TransactionClient

/** A server as it stands, and stays until the transaction ends. */
export interface LockedServer extends PowerFacts {
  id: string
  name: string
  installState: 'PENDING' | 'RUNNING' | 'DONE' | 'FAILED'
  suspendedAt: Date | null
  nodeId: string | null
  nodeName: string | null
  nodeStatus: string | null
  nodeLostAt: Date | null
  altId: string
  /** Null: the newest. */
  altVersion: number | null
  ownerId: string
  dockerImage: string
}

export interface WantedChange {
  desired: 'RUNNING' | 'STOPPED' | 'ABSENT'
  generation: number
  restartSeq: number
}

/** What an act makes of a server; its installation stays what it is when nothing is said of it. */
export interface ServerWanted {
  id: string
  wanted: WantedChange
  installState?: 'PENDING' | 'RUNNING'
}

export interface Owner {
  username: string
  /** How many servers they may own; null: as many as are wanted. */
  serverLimit: number | null
  servers: number
}

/** Columns that change without an act on the node. */
type ServerColumns = Partial<
  Pick<
    Prisma.ServerUncheckedUpdateInput,
    | 'name'
    | 'ownerId'
    | 'memoryMiB'
    | 'swapMiB'
    | 'cpuPercent'
    | 'diskMiB'
    | 'pidsLimit'
    | 'dockerImage'
    | 'altVersion'
    | 'startup'
    | 'suspendedAt'
    | 'desiredState'
    | 'port'
  >
>

const settingColumns = {
  ...{ name: true, ownerId: true, dockerImage: true, altVersion: true },
  ...{ memoryMiB: true, swapMiB: true, cpuPercent: true, diskMiB: true, pidsLimit: true }
} as const

export type ServerSettings = Pick<Server, keyof typeof settingColumns>

export interface ServerChangesRepo {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  lock(tx: Tx, id: string): Promise<LockedServer | undefined>
  /** Those of them that are there and that nobody else holds. */
  lockFree(tx: Tx, ids: string[]): Promise<LockedServer[]>
  /** Whose server it is to be, held so that no other server becomes theirs meanwhile; undefined: there is no such user, or it is disabled. */
  lockOwner(tx: Tx, id: string): Promise<Owner | undefined>
  insert(tx: Tx, server: Prisma.ServerUncheckedCreateInput): Promise<void>
  want(tx: Tx, changes: ServerWanted[]): Promise<void>
  /** Also notes since when it is being deleted. */
  wantGone(tx: Tx, id: string, generation: number): Promise<void>
  update(tx: Tx, id: string, columns: ServerColumns, bumpGeneration: boolean): Promise<void>
  /** What PATCH may change, but for the values of variables. */
  settings(tx: Tx, id: string): Promise<ServerSettings>
  /** Its own; one that does not open is left out. */
  values(tx: Tx, id: string): Promise<Record<string, string>>
  /** What did not change is not sealed anew; a value that does not open stays, unless there is a new one. */
  replaceValues(tx: Tx, id: string, values: Record<string, string>): Promise<void>
  remove(tx: Queries, id: string): Promise<void>
  openDeletion(tx: Tx, id: string): Promise<string | undefined>
  /** The newest version; nobody makes another one until the transaction ends. Comes before all other locks. */
  newestVersion(tx: Tx, altId: string): Promise<number | undefined>
}

const serversAsTheyStand = Prisma.sql`
  SELECT s.id, s.name, s."desiredState"::text, s.status::text, s."lastKnownStatus"::text,
    s.generation, s."restartSeq", s."installState"::text, s."suspendedAt", s."nodeId",
    n.name AS "nodeName", n.status::text AS "nodeStatus", n."lostAt" AS "nodeLostAt",
    s."altId", s."altVersion", s."ownerId", s."dockerImage"
  FROM "Server" s LEFT JOIN "Node" n ON n.id = s."nodeId"`

export function createServerChangesRepo(
  { transaction }: Database,
  vault: Vault
): ServerChangesRepo {
  const rowOf = (serverId: string, name: string) => `${serverId}/${name}`

  async function values(tx: Tx, serverId: string): Promise<Record<string, string>> {
    const rows = await tx.serverVariable.findMany({ where: { serverId } })
    return Object.fromEntries(
      rows.flatMap(({ name, value }) => {
        const opened = vault.open('ServerVariable.value', rowOf(serverId, name), value)
        return opened === undefined ? [] : [[name, opened] as const]
      })
    )
  }

  return {
    transaction,
    async lock(tx, id) {
      const [row] = await tx.$queryRaw<LockedServer[]>`
        ${serversAsTheyStand} WHERE s.id = ${id}::uuid FOR NO KEY UPDATE OF s`
      return row
    },
    lockFree(tx, ids) {
      return tx.$queryRaw<LockedServer[]>`
        ${serversAsTheyStand} WHERE s.id = ANY(${ids}::uuid[]) FOR NO KEY UPDATE OF s SKIP LOCKED`
    },
    async lockOwner(tx, id) {
      const [user] = await tx.$queryRaw<Pick<Owner, 'username' | 'serverLimit'>[]>`
        SELECT username, "serverLimit" FROM "User"
        WHERE id = ${id}::uuid AND "disabledAt" IS NULL FOR NO KEY UPDATE`
      // Counted by a statement of its own: what others had to wait for is then seen.
      return user && { ...user, servers: await tx.server.count({ where: { ownerId: id } }) }
    },
    async insert(tx, server) {
      await tx.server.createMany({ data: [server] })
    },
    async want(tx, changes) {
      const rows = changes.map(({ wanted, ...change }) => ({ ...change, ...wanted }))
      await tx.$executeRaw`UPDATE "Server" s SET "desiredState" = v.desired::"DesiredState",
          generation = v.generation, "restartSeq" = v."restartSeq", "updatedAt" = now(),
          "installState" = COALESCE(v."installState"::"InstallState", s."installState")
        FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS v(id uuid, desired text,
          generation int, "restartSeq" int, "installState" text)
        WHERE s.id = v.id`
    },
    async wantGone(tx, id, generation) {
      await tx.$executeRaw`UPDATE "Server" SET "desiredState" = 'ABSENT', generation = ${generation},
          "deletedAt" = COALESCE("deletedAt", now()), "updatedAt" = now()
        WHERE id = ${id}::uuid`
    },
    async update(tx, id, columns, bumpGeneration) {
      await tx.server.update({
        where: { id },
        data: { ...columns, ...(bumpGeneration && { generation: { increment: 1 } }) },
        select: { id: true }
      })
    },
    settings: (tx, id) => tx.server.findUniqueOrThrow({ where: { id }, select: settingColumns }),
    values,
    async replaceValues(tx, serverId, next) {
      const now = new Map(Object.entries(await values(tx, serverId)))
      const changed = Object.entries(next).filter(([name, value]) => now.get(name) !== value)
      const gone = [...now.keys()].filter(name => !Object.hasOwn(next, name))
      const names = [...gone, ...changed.map(([name]) => name)]
      if (names.length === 0) return
      await tx.serverVariable.deleteMany({ where: { serverId, name: { in: names } } })
      const data = changed.map(([name, value]) => ({
        ...{ serverId, name },
        value: vault.seal('ServerVariable.value', rowOf(serverId, name), value)
      }))
      if (data.length > 0) await tx.serverVariable.createMany({ data })
    },
    async remove(tx, id) {
      await tx.$executeRaw`DELETE FROM "Server" WHERE id = ${id}::uuid`
    },
    async openDeletion(tx, serverId) {
      const row = await tx.command.findFirst({
        where: {
          serverId,
          kind: 'delete',
          status: { in: ['QUEUED', 'DISPATCHED', 'ACKED', 'RUNNING'] }
        },
        orderBy: { laneSeq: 'desc' },
        select: { id: true }
      })
      return row?.id
    },
    async newestVersion(tx, altId) {
      const [row] = await tx.$queryRaw<{ version: number }[]>`
        SELECT version FROM "Alt" WHERE id = ${altId}::uuid FOR SHARE`
      return row?.version
    }
  }
}

/** Known before the row is there: its ports and its command name it. */
export function newServerId(): string {
  return uuidV7()
}
