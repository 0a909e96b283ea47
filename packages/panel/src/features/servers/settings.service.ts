import type { FastifyBaseLogger } from 'fastify'
import type { Agents, Audit, Outbox, PanelEvents } from '../../agents/contract.ts'
import { Conflict, forbidden, ServerBusy, ServerNotFound, validationFailed } from '../../errors.ts'
import { auditEntry, type Caller } from '../caller.ts'
import { can } from '../permissions/can.ts'
import type { AltsService } from '../templates/alts.service.ts'
import { checkImage, imageOfVersion } from './images.ts'
import { checkRoom } from './owner-limit.ts'
import { createPushWanted } from './push-wanted.ts'
import type { LockedServer, ServerChangesRepo, ServerSettings, Tx } from './server-changes.repo.ts'
import { changedValues } from './server-values.ts'
import type { ServersRepo } from './servers.repo.ts'
import type { ServerPatch } from './servers.schema.ts'
import { reachesAllVariables } from './variable-access.ts'

export interface SettingsService {
  update(caller: Caller, serverId: string, patch: ServerPatch): Promise<void>
}

export interface SettingsDeps {
  repo: ServerChangesRepo
  servers: Pick<ServersRepo, 'find'>
  alts: Pick<AltsService, 'template' | 'version'>
  agents: Pick<Agents, 'isOnline' | 'pushWanted'>
  outbox: Pick<Outbox, 'leaveStopped'>
  audit: Audit
  events: PanelEvents
  log: Pick<FastifyBaseLogger, 'warn'>
}

type Alt = Awaited<ReturnType<AltsService['template']>>

/** What a change is held against. */
interface Rules {
  /** The version that the server is on afterwards. */
  alt: Alt
  /** The version that it is on so far; undefined: it does not open. */
  from: Alt | undefined
}

/** What the owner of a server was given and cannot take more of. */
const granted = [
  'ownerId',
  'memoryMiB',
  'swapMiB',
  'cpuPercent',
  'diskMiB',
  'pidsLimit',
  'suspended'
] as const satisfies (keyof ServerPatch)[]

export function createSettingsService(deps: SettingsDeps): SettingsService {
  const { repo, servers, alts, outbox, audit, events } = deps
  const push = createPushWanted(deps)

  async function change(
    tx: Tx,
    caller: Caller,
    server: LockedServer,
    request: { patch: ServerPatch; rules: Rules | undefined; newest: number | undefined }
  ): Promise<void> {
    const { patch, rules, newest } = request
    const { environment, dockerImage, suspended, altVersion, ...plain } = patch
    const isMove = altVersion !== undefined
    const takesMore = granted.some(key => patch[key] !== undefined)
    if (takesMore && !can(caller.actor, 'server-update')) throw forbidden('server-update')
    if (plain.ownerId !== undefined && plain.ownerId !== server.ownerId) {
      checkRoom(await repo.lockOwner(tx, plain.ownerId), plain.ownerId)
    }
    const columns = {
      ...plain,
      ...(suspended !== undefined && suspension(server, suspended)),
      ...(rules && isMove && movedTo(rules, server, newest)),
      ...(rules &&
        dockerImage !== undefined && {
          dockerImage: checkImage(rules.alt, dockerImage ?? undefined)
        })
    }
    if (rules && (environment || isMove)) {
      const mayEditAll = reachesAllVariables(caller.actor)
      const own = await repo.values(tx, server.id)
      const values = changedValues({
        variables: rules.alt.variables,
        current: mayEditAll ? own : stillTheirs(own, rules),
        given: environment ?? {},
        mayEditAll,
        isNew: isMove,
        field: 'body.altVersion'
      })
      await repo.replaceValues(tx, server.id, values)
    }
    if (suspended) await outbox.leaveStopped(tx, server.id)
    const before = await repo.settings(tx, server.id)
    before.altVersion ??= newest ?? null
    await repo.update(tx, server.id, columns, changesSpec(patch))
    await audit.write(tx, entryOf(caller, { server, patch, before }))
  }

  /** Undefined: nothing is asked that a template has rules for. */
  async function rulesFor(
    { altId, altVersion: current }: Pick<LockedServer, 'altId' | 'altVersion'>,
    { altVersion, environment, dockerImage }: ServerPatch
  ): Promise<Rules | undefined> {
    if (altVersion === undefined && !environment && dockerImage === undefined) return undefined
    const from = await (current === null ? alts.template(altId) : alts.version(altId, current))
    const alt = altVersion === undefined ? from : await alts.version(altId, altVersion)
    if (alt) return { alt, from }
    const message =
      altVersion === undefined
        ? 'is needed: the version that the server is on cannot be read any more'
        : `${altVersion} is no version of this alt that is kept`
    throw validationFailed([{ field: 'body.altVersion', message }])
  }

  return {
    async update(caller, serverId, patch) {
      const known = await servers.find(serverId)
      if (!known) throw new ServerNotFound(serverId)
      const rules = await rulesFor(known, patch)
      const server = await repo.transaction(async tx => {
        const newest = patch.altVersion && (await repo.newestVersion(tx, known.altId))
        const locked = await repo.lock(tx, serverId)
        if (!locked) throw new ServerNotFound(serverId)
        // It is on another version since then: these are not the rules that hold for it.
        if (rules && locked.altVersion !== known.altVersion) throw new Conflict()
        if (locked.desiredState === 'ABSENT') {
          throw new ServerBusy(locked.name, 'it is being deleted')
        }
        await change(tx, caller, locked, { patch, rules, newest })
        return locked
      })
      events.publish({ type: 'access.changed', serverId })
      // Whose it was may not see it any more, and is to know.
      if (patch.ownerId !== undefined && patch.ownerId !== server.ownerId) {
        events.publish({ type: 'access.changed', serverId, userId: server.ownerId })
      }
      if (changesSpec(patch)) await push(server.nodeId, serverId)
    }
  }
}

/** The newest version has no number: the server is what its alt is. */
function movedTo({ alt, from }: Rules, server: LockedServer, newest: number | undefined) {
  return {
    altVersion: alt.version === newest ? null : alt.version,
    startup: alt.startup,
    dockerImage: imageOfVersion(server.dockerImage, from, alt)
  }
}

/** What users could set on the version before and cannot any more is the template's again. */
function stillTheirs(own: Record<string, string>, { alt, from }: Rules): Record<string, string> {
  const [now, before] = [alt, from].map(
    one => new Set(one?.variables.flatMap(v => (v.userEditable ? v.envVariable : [])))
  )
  return Object.fromEntries(
    Object.entries(own).filter(([name]) => now?.has(name) || !before?.has(name))
  )
}

/** A suspended server goes down; once that is lifted, somebody has to start it. */
function suspension({ suspendedAt }: LockedServer, suspended: boolean) {
  if (!suspended) return { suspendedAt: null }
  return { suspendedAt: suspendedAt ?? new Date(), desiredState: 'STOPPED' as const }
}

/** The name and the owner are nothing to the node. */
function changesSpec({ name: _, ownerId: _owner, ...rest }: ServerPatch): boolean {
  return Object.keys(rest).length > 0
}

/** Values of variables may be passwords: the names say enough. */
function entryOf(
  caller: Caller,
  change: { server: LockedServer; patch: ServerPatch; before: ServerSettings }
) {
  const { server, patch, before } = change
  const { environment, ...plain } = patch
  return auditEntry(caller, {
    action: 'server.updated',
    targetType: 'server',
    targetId: server.id,
    before: { ...before, suspended: server.suspendedAt !== null },
    after: { ...plain, ...(environment && { variables: Object.keys(environment) }) }
  })
}
