import type { Audit, PanelEvents } from '../../agents/contract.ts'
import type { Prisma } from '../../db/generated/client.ts'
import { ServerNotFound, UserNotFound, validationFailed } from '../../errors.ts'
import type { PersonRow } from '../auth/actors.repo.ts'
import { auditEntry, type Caller } from '../caller.ts'
import { can, type PermissionOverride, type ServerFacts } from './can.ts'
import { isOfServers } from './catalog.ts'
import { checkChange } from './check-change.ts'
import type { Right } from './grant-rules.ts'
import type { OverridesRepo } from './overrides.repo.ts'
import type { OverridesAnswer, OverridesBody } from './overrides.schema.ts'

type Tx = Prisma.TransactionClient

/** What single users may do beside their role, or may not. */
export interface OverridesService {
  /** Rows about servers that the caller may not see are not in it. */
  list(caller: Caller, userId: string): Promise<OverridesAnswer>
  /** The list takes the place of the old one; only what differs is looked at and written. Unseen rows stay. */
  replace(caller: Caller, userId: string, body: OverridesBody): Promise<OverridesAnswer>
}

export interface OverridesDeps {
  repo: OverridesRepo
  people: { findPerson(userId: string, tx?: Tx): Promise<PersonRow | undefined> }
  audit: Audit
  events: Pick<PanelEvents, 'publish'>
}

export function createOverridesService(deps: OverridesDeps): OverridesService {
  const { repo, people, audit, events } = deps

  async function need(userId: string, tx?: Tx): Promise<PersonRow> {
    const person = await people.findPerson(userId, tx)
    if (!person) throw new UserNotFound(userId)
    return person
  }

  async function list(caller: Caller, userId: string): Promise<OverridesAnswer> {
    const { roleName, grants } = await need(userId)
    const seen = await repo.transaction(tx => seenOf(tx, caller, grants.overrides))
    return { role: roleName, permissions: seen.toSorted(byName).map(viewOf) }
  }

  /** A server that the caller may not see is not there. */
  async function visibleOf(
    tx: Tx,
    { actor }: Caller,
    rows: readonly PermissionOverride[]
  ): Promise<Map<string | null, ServerFacts>> {
    const ids = rows.flatMap(row => row.serverId ?? [])
    const known = ids.length === 0 ? [] : await repo.serversOf(tx, ids)
    return new Map(
      known.filter(server => can(actor, 'server-view', server)).map(server => [server.id, server])
    )
  }

  async function seenOf(tx: Tx, caller: Caller, rows: readonly PermissionOverride[]) {
    const visible = await visibleOf(tx, caller, rows)
    return rows.filter(({ serverId }) => serverId === null || visible.has(serverId))
  }

  /** Where each row holds. */
  async function rightsOf(
    tx: Tx,
    caller: Caller,
    rows: readonly PermissionOverride[]
  ): Promise<Right[]> {
    const visible = await visibleOf(tx, caller, rows)
    const placeOf = (serverId: string | null): ServerFacts | 'ANY' => {
      if (serverId === null) return 'ANY'
      const server = visible.get(serverId)
      if (!server) throw new ServerNotFound(serverId)
      return server
    }
    return rows.map(({ permission, serverId }) => ({ permission, place: placeOf(serverId) }))
  }

  return {
    list,

    async replace(caller, userId, body) {
      const wanted = rowsOf(body)
      await repo.transaction(async tx => {
        await repo.lockUser(tx, userId)
        const { username, grants } = await need(userId, tx)
        checkChange(caller.actor, { of: 'USER', userId, grants, rights: [] })
        const seen = await seenOf(tx, caller, grants.overrides)
        const removed = missingIn(wanted, seen)
        const added = missingIn(seen, wanted)
        checkExpiry(added)
        const rights = await rightsOf(tx, caller, [...removed, ...added])
        checkChange(caller.actor, { of: 'USER', userId, grants, rights })
        if (rights.length === 0) return
        await repo.remove(tx, userId, removed)
        await repo.insert(tx, userId, added)
        await audit.write(
          tx,
          auditEntry(caller, {
            ...{ action: 'user.permissions.updated', targetType: 'user', targetId: userId },
            before: { username, removed: removed.map(viewOf) },
            after: { added: added.map(viewOf) }
          })
        )
      })
      events.publish({ type: 'access.changed', userId })
      return list(caller, userId)
    }
  }
}

function rowsOf({ permissions }: OverridesBody): PermissionOverride[] {
  const places = new Set<string>()
  return permissions.map(({ permission, effect, serverId = null, expiresAt = null }, at) => {
    const place = `${permission} ${serverId}`
    if (places.has(place)) throw wrongRow(at, 'permission', 'is said twice for the same place')
    places.add(place)
    if (serverId !== null && !isOfServers(permission)) {
      throw wrongRow(at, 'serverId', `must be null: ${permission} is not about single servers`)
    }
    return {
      ...{ permission, effect, serverId },
      expiresAt: expiresAt === null ? null : new Date(expiresAt)
    }
  })
}

function wrongRow(at: number, field: string, message: string) {
  return validationFailed([{ field: `body.permissions.${at}.${field}`, message }])
}

/** What has ended may stay in the list; what is new must have an effect. */
function checkExpiry(added: readonly PermissionOverride[]): void {
  const over = added.find(row => row.expiresAt !== null && row.expiresAt <= new Date())
  if (!over) return
  const message = `of ${over.permission} must not be over already`
  throw validationFailed([{ field: 'body.permissions.expiresAt', message }])
}

function missingIn(
  others: readonly PermissionOverride[],
  rows: readonly PermissionOverride[]
): PermissionOverride[] {
  const known = new Set(others.map(textOf))
  return rows.filter(row => !known.has(textOf(row)))
}

const textOf = (row: PermissionOverride) => JSON.stringify(viewOf(row))

function viewOf({ permission, effect, serverId, expiresAt }: PermissionOverride) {
  return { permission, effect, serverId, expiresAt: expiresAt?.toISOString() ?? null }
}

function byName(one: PermissionOverride, other: PermissionOverride): number {
  const keyOf = ({ permission, serverId }: PermissionOverride) => `${permission} ${serverId ?? ''}`
  return keyOf(one) < keyOf(other) ? -1 : 1
}
