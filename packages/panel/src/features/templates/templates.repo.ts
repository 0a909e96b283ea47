import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../db/client.ts'
import { Prisma } from '../../db/generated/client.ts'
import type { Vault } from '../../secrets/vault.ts'
import { containing, keyset, sortColumn } from '../keyset.ts'
import { type AltDifference, altChanges } from './alt-changes.ts'
import { type AltCopy, copyOf } from './alt-copy.ts'
import { sealedVersion } from './alt-versions.ts'
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
  lockByUuid(
    tx: Tx,
    uuid: string
  ): Promise<Pick<AltRow, 'id' | 'name' | 'dockerImage' | 'startup'> | undefined>
  listAlts(query: AltsQuery): Promise<AltRow[]>
  /** Most used first. */
  listTags(): Promise<TagView[]>
  insertAlt(tx: Tx, alt: AltColumns & WithVariables, madeBy: string): Promise<{ id: string }>
  /**
   * Undefined variables stay as they are; a list takes the place of the old one. When anything changes that servers
   * are made of, that is a new version, and its servers stay on the one before.
   */
  updateAlt(
    tx: Tx,
    id: string,
    alt: Partial<AltColumns & WithVariables>,
    madeBy: string
  ): Promise<void>
  listVersions(altId: string, query: AltVersionsQuery): Promise<AltVersionRow[]>
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
  a."installScript", a.features, COALESCE(a.tags, '{}') AS tags, a.version, a."createdAt", a."updatedAt",
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

  async function altIn(tx: Tx, id: string): Promise<AltRow> {
    const sql = Prisma.sql`SELECT ${altColumns} WHERE a.id = ${id}::uuid`
    const [row] = await tx.$queryRaw<SealedAlt[]>(sql)
    if (!row) throw new Error(`The alt ${id} is gone.`)
    return opened(row)
  }

  async function keepVersion(tx: Tx, altId: string, version: NewVersion): Promise<void> {
    const { copy, madeBy, ...rest } = version
    const sealed = sealedVersion(vault, { altId, version: version.version }, copy)
    const changes = version.changes.map(change => ({ ...change }))
    await tx.altVersion.createMany({
      data: [{ ...rest, ...sealed, changes, madeBy }],
      skipDuplicates: true
    })
  }

  /** What servers were made of so far is kept, and they stay on it. */
  async function nextVersion(tx: Tx, before: AltRow, madeBy: string): Promise<void> {
    const after = await altIn(tx, before.id)
    const changes = altChanges(copyOf(before), copyOf(after))
    if (changes.length === 0) return
    const { id, version } = before
    // What a seed or a release before has made.
    const { updatedAt: createdAt } = before
    await keepVersion(tx, id, {
      ...{ version, copy: copyOf(before), changes: [], madeBy: null, createdAt }
    })
    await keepVersion(tx, id, { version: version + 1, copy: copyOf(after), changes, madeBy })
    await tx.$executeRaw`UPDATE "Alt" SET version = ${version + 1} WHERE id = ${id}::uuid`
    await tx.$executeRaw`UPDATE "Server" SET "altVersion" = ${version}
      WHERE "altId" = ${id}::uuid AND "altVersion" IS NULL`
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
      const select = { id: true, name: true, dockerImage: true, startup: true }
      return (await tx.alt.findUnique({ where: { uuid }, select })) ?? undefined
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
      const copy = copyOf(await altIn(tx, id))
      await keepVersion(tx, id, { version: 1, copy, changes: [], madeBy })
      return { id }
    },
    async updateAlt(tx, id, { variables, ...alt }, madeBy) {
      await tx.$executeRaw`SELECT 1 FROM "Alt" WHERE id = ${id}::uuid FOR NO KEY UPDATE`
      const before = await altIn(tx, id)
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
    listVersions(altId, query) {
      const { isAfter, orderAndLimit } = keyset(query, versionSorts, 'v.version')
      // The newest of an alt from before there were versions is told as well.
      return read(Prisma.sql`SELECT v.version, v.changes, v."madeBy", v."createdAt",
          (SELECT count(*)::int FROM "Server" s WHERE s."altId" = a.id
            AND COALESCE(s."altVersion", a.version) = v.version) AS "serversCount"
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

interface NewVersion {
  version: number
  copy: AltCopy
  changes: AltDifference[]
  madeBy: string | null
  createdAt?: Date
}

function isFoundBy(pattern: string): Prisma.Sql {
  return Prisma.sql`(a.name ILIKE ${pattern} OR a.description ILIKE ${pattern}
    OR EXISTS (SELECT FROM unnest(a.tags) AS tag WHERE tag ILIKE ${pattern}))`
}
