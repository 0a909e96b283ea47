import type { Audit } from '../../agents/contract.ts'
import {
  AltIconNotFound,
  AltNotFound,
  AltVersionNotFound,
  CtrlNotFound,
  inUse,
  validationFailed
} from '../../errors.ts'
import { pageOf } from '../../plugins/conventions.ts'
import { auditEntry, type Caller } from '../caller.ts'
import { orNameTaken } from '../names.ts'
import { can } from '../permissions/can.ts'
import { reachesAllVariables } from '../servers/variable-access.ts'
import { rulesOf } from '../servers/variable-rules.ts'
import { changedConfig, configFilesOf, readAltConfig } from './alt-config.ts'
import { altProblems } from './alt-problems.ts'
import { configProblems } from './config-problems.ts'
import { drawIcon, type Icon, NO_ICON } from './icon.ts'
import type { AltColumns, AltRow, AltVersionRow, TemplatesRepo } from './templates.repo.ts'
import type {
  AltBody,
  AltPatch,
  AltsQuery,
  AltVersionsQuery,
  AltVersionView,
  AltView,
  TagsList,
  VariableBody,
  VariableView
} from './templates.schema.ts'

export interface AltsService {
  list(caller: Caller, query: AltsQuery): Promise<{ data: AltView[]; nextCursor: string | null }>
  view(caller: Caller, id: string): Promise<AltView>
  /** With all that is hidden from users: for whoever makes or changes servers of it. */
  template(id: string): Promise<AltRow>
  /** The same as that version has it; undefined: it is not kept, or it does not open. */
  version(id: string, version: number): Promise<AltRow | undefined>
  viewVersion(caller: Caller, id: string, version: number): Promise<AltView>
  /** Newest first. */
  versions(
    caller: Caller,
    id: string,
    query: AltVersionsQuery
  ): Promise<{ data: AltVersionView[]; nextCursor: string | null }>
  tags(): Promise<TagsList>
  icon(id: string, hash: string): Promise<Uint8Array>
  create(caller: Caller, body: AltBody): Promise<AltView>
  /** Its servers stay on the version that they are on. */
  update(caller: Caller, id: string, patch: AltPatch): Promise<AltView>
  remove(caller: Caller, id: string): Promise<void>
}

export interface AltsDeps {
  repo: TemplatesRepo
  audit: Audit
}

export function createAltsService({ repo, audit }: AltsDeps): AltsService {
  async function need(id: string): Promise<AltRow> {
    const row = await repo.findAlt(id)
    if (!row) throw new AltNotFound(id)
    return row
  }

  async function atVersion(row: AltRow, version: number): Promise<AltRow | undefined> {
    if (version === row.version) return row
    const copy = await repo.findVersion({ altId: row.id, version })
    return copy && { ...row, ...copy, version }
  }

  async function needCtrl(id: string): Promise<void> {
    if (!(await repo.findCtrl(id))) throw new CtrlNotFound(id)
  }

  return {
    async list(caller, query) {
      const rows = await repo.listAlts(query)
      const byName = query.sort.endsWith('name')
      return pageOf(
        rows,
        query,
        row => ({ key: byName ? row.name : row.createdAt.toISOString(), id: row.id }),
        row => viewFor(caller, row)
      )
    },

    view: async (caller, id) => viewFor(caller, await need(id)),

    template: need,
    version: async (id, version) => atVersion(await need(id), version),

    async viewVersion(caller, id, version) {
      const newest = await need(id)
      const row = await atVersion(newest, version)
      if (!row) throw new AltVersionNotFound(version, id)
      // What is hidden today is so in what was before.
      const hidden = new Set(
        newest.variables.flatMap(one => (one.userViewable ? [] : one.envVariable))
      )
      const variables = reachesAllVariables(caller.actor)
        ? row.variables
        : row.variables.filter(one => !hidden.has(one.envVariable))
      return viewFor(caller, { ...row, variables })
    },

    async versions(caller, id, query) {
      await need(id)
      const rows = await repo.listVersions(id, query)
      return pageOf(
        rows,
        query,
        row => ({ key: row.version, id }),
        row => versionFor(caller, row)
      )
    },

    tags: async () => ({ data: await repo.listTags() }),

    async icon(id, hash) {
      const icon = await repo.findIcon(id, hash)
      if (!icon) throw new AltIconNotFound(id)
      return icon
    },

    async create(caller, body) {
      const variables = (body.variables ?? []).map(variableOf)
      const { startup, startupMode = 'ARGV' } = body
      const config = changedConfig(undefined, body.config ?? {})
      refuse([
        ...altProblems({ startup, startupMode, variables }),
        ...configProblems({ config, variables })
      ])
      await needCtrl(body.ctrlId)
      const work = repo.transaction(async tx => {
        const columns = {
          ctrlId: body.ctrlId,
          name: body.name,
          dockerImage: body.dockerImage,
          startup,
          dockerImages: {},
          features: [],
          tags: [],
          ...columnsOf(body),
          config,
          variables
        }
        const { id } = await repo.insertAlt(tx, columns, caller.actor.username)
        await audit.write(tx, altEntry(caller, 'alt.created', id, { after: auditable(body) }))
        return id
      })
      return viewFor(caller, await need(await orNameTaken(body.name, work)))
    },

    async update(caller, id, patch) {
      const { name } = await need(id)
      if (patch.ctrlId !== undefined) await needCtrl(patch.ctrlId)
      const variables = patch.variables?.map(variableOf)
      const work = repo.transaction(async tx => {
        const before = await repo.lockedAlt(tx, id)
        if (!before) throw new AltNotFound(id)
        const { startup, startupMode } = { ...before, ...patch }
        const after = { startup, startupMode, variables: variables ?? before.variables }
        const config = changedConfig(before.config, patch.config ?? {})
        refuse([
          ...altProblems(after, before.variables),
          ...configProblems({ config, variables: after.variables }, before)
        ])
        const columns = {
          ...columnsOf(patch),
          ...(patch.config && { config }),
          ...(variables && { variables })
        }
        await repo.updateAlt(tx, before, columns, caller.actor.username)
        const change = { before: auditable(before), after: auditable(patch) }
        await audit.write(tx, altEntry(caller, 'alt.updated', id, change))
      })
      await orNameTaken(patch.name ?? name, work)
      return viewFor(caller, await need(id))
    },

    async remove(caller, id) {
      const { name } = await need(id)
      await repo.transaction(async tx => {
        await repo.lockAlt(tx, id)
        const servers = await repo.serversOf(tx, id)
        if (servers.length > 0) {
          throw inUse(
            `Alt ${name}`,
            servers.map(server => ({
              type: 'server',
              ...server,
              message: `server ${server.name}`
            }))
          )
        }
        await repo.removeAlt(tx, id)
        await audit.write(tx, altEntry(caller, 'alt.deleted', id, { before: { name } }))
      })
    }
  }
}

function refuse(problems: ReturnType<typeof altProblems>): void {
  const [first, ...others] = problems
  if (first) throw validationFailed([first, ...others])
}

function variableOf(body: VariableBody): VariableView {
  return {
    name: body.name,
    envVariable: body.envVariable,
    description: body.description ?? '',
    defaultValue: body.defaultValue ?? '',
    rules: rulesOf(body.rules ?? ['nullable', 'string']),
    userViewable: body.userViewable ?? true,
    userEditable: body.userEditable ?? true
  }
}

/** The columns that a body names; null clears. */
function columnsOf(body: AltPatch): Partial<AltColumns> {
  const { install, tags, icon, config: _, variables: _variables, ...rest } = body
  const plain = {
    ...rest,
    ...(tags && { tags: [...new Set(tags)] }),
    ...(icon !== undefined && iconOf(icon))
  }
  if (install === undefined) return plain
  return {
    ...plain,
    installContainer: install?.image ?? null,
    installEntrypoint: install ? (install.entrypoint ?? 'bash') : null,
    installScript: install?.script.replaceAll('\r\n', '\n') ?? null
  }
}

function iconOf(uri: string | null): Icon | typeof NO_ICON {
  if (uri === null) return NO_ICON
  const icon = drawIcon(Buffer.from(uri.slice(uri.indexOf(',') + 1), 'base64'))
  if (icon) return icon
  const message = 'is no PNG (without interlacing) or JPEG picture of at most 1024 by 1024 pixels'
  throw validationFailed([{ field: 'body.icon', message }])
}

/** Whoever does not keep the templates does not see their scripts; what is hidden from users is for few. */
function viewFor({ actor }: Caller, row: AltRow): AltView {
  const { installContainer, installEntrypoint, installScript, iconHash, ...rest } = row
  const keepsTemplates = can(actor, 'admin-templates')
  const seesAll = reachesAllVariables(actor)
  const hasInstall = installContainer !== null && installScript !== null
  return {
    ...rest,
    config: {
      ...readAltConfig(row.config),
      ...(keepsTemplates && { files: configFilesOf(row.config) })
    },
    install:
      keepsTemplates && hasInstall
        ? {
            image: installContainer,
            entrypoint: installEntrypoint ?? 'bash',
            script: installScript
          }
        : null,
    icon: iconHash === null ? null : `/api/v1/alts/${row.id}/icon/${iconHash}`,
    variables: row.variables.filter(variable => seesAll || variable.userViewable),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString()
  }
}

function versionFor({ actor }: Caller, row: AltVersionRow): AltVersionView {
  const seesAll = reachesAllVariables(actor)
  return {
    version: row.version,
    createdAt: row.createdAt.toISOString(),
    madeBy: can(actor, 'admin-templates') ? row.madeBy : null,
    serversCount: row.serversCount,
    changes: row.changes.filter(({ hidden }) => seesAll || !hidden).map(({ message }) => message)
  }
}

/** Scripts and defaults may hold secrets, and are long. */
function auditable(alt: { name?: string; dockerImage?: string; startup?: string }) {
  const { name, dockerImage, startup } = alt
  return { name, dockerImage, startup, fields: Object.keys(alt) }
}

function altEntry(
  caller: Caller,
  action: string,
  altId: string,
  change: { before?: unknown; after?: unknown }
) {
  return auditEntry(caller, { action, targetType: 'alt', targetId: altId, ...change })
}
