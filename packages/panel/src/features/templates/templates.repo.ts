import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../db/client.ts'
import { Prisma } from '../../db/generated/client.ts'
import type { Vault } from '../../secrets/vault.ts'
import { containing, keyset, sortColumn } from '../keyset.ts'
import { type AltDifference, altChanges } from './alt-changes.ts'
import { type AltCopy, copyOf } from './alt-copy.ts'
import { openCopy, sealedVersion, type VersionKey } from './alt-versions.ts'
import type { Icon } from './icon.ts'
import type {
  AltsQuery,
  AltVersionsQuery,
  CtrlBody,
  CtrlPatch,
  CtrlsQuery,
  TagView,
  VariableView
} from './templates.schema.ts'

type Tx = Prisma.TransactionClient

export interface CtrlRow {
  id: string
  name: string
  description: string
  altsCount: number
  createdAt: Date
  updatedAt: Date
}

export interface AltRow {
  id: string
  ctrlId: string
  ctrlName: string
  name: string
  description: string
  dockerImage: string
  dockerImages: Record<string, string>
  startup: string
  startupMode: 'ARGV' | 'SHELL_ENV'
  config: unknown
  installContainer: string | null
  installEntrypoint: string | null
  installScript: string | null
  features: string[]
  tags: string[]
  /** Of the picture that `findIcon` answers. */
  iconHash: string | null
  variables: VariableView[]
  version: number
  serversCount: number
  createdAt: Date
  updatedAt: Date
}

/** An alt's columns as they are written. */
export type AltColumns = Pick<
  Prisma.AltUncheckedCreateInput,
  | 'ctrlId'
  | 'name'
  | 'description'
  | 'dockerImage'
  | 'startup'
  | 'startupMode'
  | 'installContainer'
  | 'installEntrypoint'
  | 'installScript'
> & {
  dockerImages: Prisma.InputJsonValue
  config: Prisma.InputJsonValue
  features: string[]
  tags: string[]
  source?: Prisma.InputJsonValue
  uuid?: string | null
  icon?: Icon['icon'] | null
  iconHash?: string | null
}

interface WithVariables {
  variables: VariableView[]
}

/** What an import wrote beside the columns that everybody sees. */
export interface AltOrigin {
  source: unknown
  uuid: string | null
}

export interface AltVersionRow {
  version: number
  changes: AltDifference[]
  madeBy: string | null
  createdAt: Date
  serversCount: number
}

export interface TemplatesRepo {
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  findCtrl(id: string): Promise<CtrlRow | undefined>
  listCtrls(query: CtrlsQuery): Promise<CtrlRow[]>
  insertCtrl(tx: Tx, body: CtrlBody): Promise<{ id: string }>
  updateCtrl(tx: Tx, id: string, patch: CtrlPatch): Promise<void>
  /** Nobody puts an alt into it, or a server under the alt, until the transaction ends. */
  lockCtrl(tx: Tx, id: string): Promise<void>
  removeCtrl(tx: Tx, id: string): Promise<void>
  altsOf(tx: Tx, ctrlId: string): Promise<{ id: string; name: string }[]>
  findAlt(id: string): Promise<AltRow | undefined>
  findOrigin(id: string): Promise<AltOrigin | undefined>
  /** The alt that came from the egg of this UUID; nobody else makes one until the transaction ends. */
  lockByUuid(tx: Tx, uuid: string): Promise<AltRow | undefined>
  /** As it is, and stays until the transaction ends. */
  lockedAlt(tx: Tx, id: string): Promise<AltRow | undefined>
  listAlts(query: AltsQuery): Promise<AltRow[]>
  /** Undefined: there is none, or another one by now. */
  findIcon(id: string, iconHash: string): Promise<Uint8Array | undefined>
  /** Most used first. */
  listTags(): Promise<TagView[]>
  insertAlt(tx: Tx, alt: AltColumns & WithVariables, madeBy: string): Promise<{ id: string }>
  /**
   * Undefined variables stay as they are; a list takes the place of the old one. When anything changes that servers
   * are made of, that is a new version, and its servers stay on the one before.
   */
  updateAlt(
    tx: Tx,
    before: AltRow,
    alt: Partial<AltColumns & WithVariables>,
    madeBy: string
  ): Promise<void>
  /** One that was kept; undefined: it was not, or it does not open. */
  findVersion(key: VersionKey): Promise<AltCopy | undefined>
  listVersions(altId: string, query: AltVersionsQuery): Promise<AltVersionRow[]>
  /** Nobody makes a server of it either. */
  lockAlt(tx: Tx, id: string): Promise<void>
  removeAlt(tx: Tx, id: string): Promise<void>
  serversOf(tx: Tx, altId: string): Promise<{ id: string; name: string }[]>
}

const ctrlColumns = Prisma.raw(`
  c.id, c.name, c.description, c."createdAt", c."updatedAt",
  (SELECT count(*)::int FROM "Alt" a WHERE a."ctrlId" = c.id) AS "altsCount" FROM "Ctrl" c`)

const altColumns = Prisma.raw(`
  a.id, a."ctrlId", c.name AS "ctrlName", a.name, a.description, a."dockerImage", a."dockerImages",
  a.startup, a."startupMode", a.config, a."installContainer", a."installEntrypoint",
  a."installScript", a.features, COALESCE(a.tags, '{}') AS tags, a."iconHash", a.version, a."createdAt", a."updatedAt",
  (SELECT count(*)::int FROM "Server" s WHERE s."altId" = a.id) AS "serversCount",
  COALESCE((SELECT json_agg(json_build_object(
      'id', v.id, 'name', v.name, 'envVariable', v."envVariable", 'description', v.description,
      'defaultValue', v."defaultValue", 'rules', COALESCE(v.rules, '{}'),
      'userViewable', v."userViewable", 'userEditable', v."userEditable") ORDER BY v.sort, v.id)
    FROM "AltVariable" v WHERE v."altId" = a.id), '[]') AS variables
  FROM "Alt" a JOIN "Ctrl" c ON c.id = a."ctrlId"`)

const sorts = (table: string, { isNameUnique = false } = {}) => ({
  name: sortColumn(`${table}.name`, 'text', { isUnique: isNameUnique }),
  createdAt: sortColumn(`${table}."createdAt"`, 'timestamptz')
})
const versionSorts = { version: sortColumn('v.version', 'bigint', { isUnique: true }) }
/** So many versions of an alt are kept beside those that servers are on. */
const VERSIONS_KEPT = 50
const SHOWN = { select: { id: true, name: true }, orderBy: { name: 'asc' }, take: 100 } as const

/** As it is kept: what may hold a secret is sealed. */
type SealedAlt = Omit<AltRow, 'variables'> & { variables: (VariableView & { id: string })[] }

const SCRIPT = 'Alt.installScript'
const DEFAULT = 'AltVariable.defaultValue'
/** Words of the file, its script among them. */
const SOURCE = 'Alt.source'
/** What is shown in place of a script that does not open. */
const LOST_SCRIPT = 'echo "This script cannot be read any more: write it anew." >&2\nexit 1\n'

export function createTemplatesRepo(
  { pool, prisma, transaction }: Database,
  vault: Vault
): TemplatesRepo {
  function opened({ variables, ...row }: SealedAlt): AltRow {
    const { installScript } = row
    return {
      ...row,
      installScript: installScript && (vault.open(SCRIPT, row.id, installScript) ?? LOST_SCRIPT),
      variables: variables.map(({ id, ...variable }) => {
        const defaultValue = vault.open(DEFAULT, id, variable.defaultValue) ?? ''
        return { ...variable, defaultValue }
      })
    }
  }

  function sealedAlt<Columns extends Partial<AltColumns>>(id: string, alt: Columns): Columns {
    const { installScript, source } = alt
    return {
      ...alt,
      ...(installScript && { installScript: vault.seal(SCRIPT, id, installScript) }),
      ...(source !== undefined && { source: vault.seal(SOURCE, id, JSON.stringify(source)) })
    }
  }

  function openedSource(id: string, stored: Prisma.JsonValue): unknown {
    if (stored === null) return null
    const text = typeof stored === 'string' ? stored : JSON.stringify(stored)
    return JSON.parse(vault.open(SOURCE, id, text) ?? 'null')
  }

  function sealedVariables(variables: VariableView[]) {
    return variables.map((variable, sort) => {
      const id = uuidv7()
      const defaultValue = vault.seal(DEFAULT, id, variable.defaultValue)
      return { ...variable, id, sort, defaultValue }
    })
  }

  async function altIn(tx: Tx, id: string): Promise<AltRow | undefined> {
    const sql = Prisma.sql`SELECT ${altColumns} WHERE a.id = ${id}::uuid`
    const [row] = await tx.$queryRaw<SealedAlt[]>(sql)
    return row && opened(row)
  }

  async function locked(tx: Tx, id: string): Promise<AltRow | undefined> {
    await tx.$executeRaw`SELECT 1 FROM "Alt" WHERE id = ${id}::uuid FOR NO KEY UPDATE`
    return altIn(tx, id)
  }

  /** The alt as it is now is what its newest version says, also where that one does not open any more. */
  async function keepVersion(tx: Tx, alt: AltRow, about: AboutVersion): Promise<void> {
    const key = { altId: alt.id, version: alt.version }
    const sealed = sealedVersion(vault, key, copyOf(alt))
    const changes = about.changes.map(change => ({ ...change }))
    await tx.altVersion.upsert({
      where: { altId_version: key },
      create: { ...key, ...sealed, ...about, changes },
      update: sealed,
      select: { version: true }
    })
  }

  /** What servers were made of so far is kept, and they stay on it. */
  async function nextVersion(tx: Tx, before: AltRow, madeBy: string): Promise<void> {
    const { id, version, updatedAt: createdAt } = before
    const now = await altIn(tx, id)
    const changes = now ? altChanges(copyOf(before), copyOf(now)) : []
    if (!now || changes.length === 0) return
    // A seed or the release before keeps none.
    await keepVersion(tx, before, { changes: [], madeBy: null, createdAt })
    await keepVersion(tx, { ...now, version: version + 1 }, { changes, madeBy })
    await tx.$executeRaw`UPDATE "Alt" SET version = ${version + 1} WHERE id = ${id}::uuid`
    // In their order, as whoever else takes many.
    await tx.$executeRaw`
      WITH own AS (SELECT s.id FROM "Server" s WHERE s."altId" = ${id}::uuid AND s."altVersion" IS NULL
        ORDER BY s.id FOR NO KEY UPDATE)
      UPDATE "Server" s SET "altVersion" = ${version} FROM own WHERE s.id = own.id`
    await tx.$executeRaw`DELETE FROM "AltVersion" v
      WHERE v."altId" = ${id}::uuid AND v.version <= ${version + 1 - VERSIONS_KEPT} AND NOT EXISTS
        (SELECT FROM "Server" s WHERE s."altId" = v."altId" AND s."altVersion" = v.version)`
  }

  async function read<Row extends object>(sql: Prisma.Sql): Promise<Row[]> {
    return (await pool.query<Row>(sql.text, sql.values)).rows
  }

  return {
    transaction,

    async findCtrl(id) {
      return (await read<CtrlRow>(Prisma.sql`SELECT ${ctrlColumns} WHERE c.id = ${id}::uuid`))[0]
    },
    listCtrls(query) {
      const { isAfter, orderAndLimit } = keyset(query, sorts('c', { isNameUnique: true }), 'c.id')
      const isFound = query.search
        ? Prisma.sql`c.name ILIKE ${containing(query.search)}`
        : Prisma.sql`TRUE`
      return read(
        Prisma.sql`SELECT ${ctrlColumns} WHERE ${isAfter} AND ${isFound} ${orderAndLimit}`
      )
    },
    insertCtrl: (tx, { name, description = '' }) =>
      tx.ctrl.create({ data: { name, description }, select: { id: true } }),
    async updateCtrl(tx, id, { name, description }) {
      await tx.ctrl.update({
        where: { id },
        data: {
          ...(name !== undefined && { name }),
          ...(description !== undefined && { description })
        },
        select: { id: true }
      })
    },
    async lockCtrl(tx, id) {
      await tx.$executeRaw`SELECT 1 FROM "Ctrl" WHERE id = ${id}::uuid FOR UPDATE`
    },
    async removeCtrl(tx, id) {
      await tx.ctrl.delete({ where: { id }, select: { id: true } })
    },
    altsOf: (tx, ctrlId) => tx.alt.findMany({ where: { ctrlId }, ...SHOWN }),

    async findAlt(id) {
      const [row] = await read<SealedAlt>(Prisma.sql`SELECT ${altColumns} WHERE a.id = ${id}::uuid`)
      return row && opened(row)
    },
    async findOrigin(id) {
      const select = { source: true, uuid: true }
      const row = await prisma.alt.findUnique({ where: { id }, select })
      return row ? { ...row, source: openedSource(id, row.source) } : undefined
    },
    async lockByUuid(tx, uuid) {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`egg ${uuid}`}, 0))`
      const found = await tx.alt.findUnique({ where: { uuid }, select: { id: true } })
      return found ? locked(tx, found.id) : undefined
    },
    async listAlts(query) {
      const { isAfter, orderAndLimit } = keyset(query, sorts('a'), 'a.id')
      const conditions = [
        isAfter,
        ...(query.ctrlId ? [Prisma.sql`a."ctrlId" = ${query.ctrlId}::uuid`] : []),
        ...(query.tag ? [Prisma.sql`a.tags @> ARRAY[${query.tag}]`] : []),
        ...(query.search ? [isFoundBy(containing(query.search))] : [])
      ]
      const rows = await read<SealedAlt>(
        Prisma.sql`SELECT ${altColumns} WHERE ${Prisma.join(conditions, ' AND ')} ${orderAndLimit}`
      )
      return rows.map(opened)
    },
    async findIcon(id, iconHash) {
      const found = await prisma.alt.findFirst({
        where: { id, iconHash },
        select: { icon: true }
      })
      return found?.icon ?? undefined
    },
    listTags() {
      return read(Prisma.sql`SELECT tag, count(*)::int AS "altsCount" FROM "Alt", unnest(tags) AS tag
        GROUP BY tag ORDER BY count(*) DESC, tag LIMIT 500`)
    },
    async insertAlt(tx, { variables, ...alt }, madeBy) {
      const id = uuidv7()
      const data = { createMany: { data: sealedVariables(variables) } }
      await tx.alt.create({
        data: { id, ...sealedAlt(id, alt), variables: data },
        select: { id: true }
      })
      const made = await altIn(tx, id)
      if (made) await keepVersion(tx, made, { changes: [], madeBy })
      return { id }
    },
    lockedAlt: locked,
    async updateAlt(tx, before, { variables, ...alt }, madeBy) {
      const { id } = before
      await tx.alt.update({
        where: { id },
        data: {
          ...sealedAlt(id, alt),
          ...(variables && {
            variables: { deleteMany: {}, createMany: { data: sealedVariables(variables) } }
          })
        },
        select: { id: true }
      })
      await nextVersion(tx, before, madeBy)
    },
    async findVersion({ altId, version }) {
      const where = { altId_version: { altId, version } }
      const select = { content: true, installScript: true }
      const row = await prisma.altVersion.findUnique({ where, select })
      return row ? openCopy(vault, { altId, version }, row) : undefined
    },
    listVersions(altId, query) {
      const { isAfter, orderAndLimit } = keyset(query, versionSorts, 'v.version')
      // The newest of an alt from before there were versions is told as well.
      return read(Prisma.sql`SELECT v.version, v.changes, v."madeBy", v."createdAt",
          (SELECT count(*)::int FROM "Server" s WHERE s."altId" = a.id AND s."altVersion" = v.version)
          + CASE v.version WHEN a.version THEN (SELECT count(*)::int FROM "Server" s
              WHERE s."altId" = a.id AND s."altVersion" IS NULL) ELSE 0 END AS "serversCount"
        FROM "Alt" a CROSS JOIN LATERAL (
          SELECT k.version, k.changes, k."madeBy", k."createdAt" FROM "AltVersion" k WHERE k."altId" = a.id
          UNION ALL SELECT a.version, '[]', NULL, a."updatedAt" WHERE NOT EXISTS
            (SELECT FROM "AltVersion" k WHERE k."altId" = a.id AND k.version = a.version)) v
        WHERE a.id = ${altId}::uuid AND ${isAfter} ${orderAndLimit}`)
    },
    async lockAlt(tx, id) {
      await tx.$executeRaw`SELECT 1 FROM "Alt" WHERE id = ${id}::uuid FOR UPDATE`
    },
    async removeAlt(tx, id) {
      await tx.alt.delete({ where: { id }, select: { id: true } })
    },
    serversOf: (tx, altId) => tx.server.findMany({ where: { altId }, ...SHOWN })
  }
}

interface AboutVersion {
  changes: AltDifference[]
  madeBy: string | null
  createdAt?: Date
}

function isFoundBy(pattern: string): Prisma.Sql {
  return Prisma.sql`(a.name ILIKE ${pattern} OR a.description ILIKE ${pattern}
    OR EXISTS (SELECT FROM unnest(a.tags) AS tag WHERE tag ILIKE ${pattern}))`
}
