import type { Audit, PanelEvents } from '../../agents/contract.ts'
import { InvitationNotFound, MemberNotFound, ServerNotFound, TooManyMembers } from '../../errors.ts'
import { pageOf } from '../../plugins/conventions.ts'
import { auditEntry, type Caller, type RequestCaller } from '../caller.ts'
import type { ServerFacts } from '../permissions/can.ts'
import type { PermissionName } from '../permissions/catalog.ts'
import { checkChange } from '../permissions/check-change.ts'
import { managesMembers } from '../permissions/grant-rules.ts'
import type { InvitationMail } from './invitation-mail.ts'
import type { InvitationRow, InvitationsRepo } from './invitations.repo.ts'
import type { MemberRow, MembersRepo, NamedServer, Tx } from './members.repo.ts'
import type {
  InvitationBody,
  InvitationsQuery,
  InvitationView,
  MemberPatch,
  MembersQuery,
  MemberView
} from './members.schema.ts'

/** Members and open invitations of a server. */
const MAX_MEMBERS = 50
const INVITATION_MS = 7 * 24 * 3_600_000

interface Page<T> {
  data: T[]
  nextCursor: string | null
}

/** Who shares a server with its owner. */
export interface MembersService {
  /** All of them for who manages them, else only oneself. */
  list(caller: Caller, server: ServerFacts, query: MembersQuery): Promise<Page<MemberView>>
  update(caller: Caller, serverId: string, userId: string, patch: MemberPatch): Promise<MemberView>
  /** Of oneself: leaves. */
  remove(caller: Caller, serverId: string, userId: string): Promise<void>
  invitations(
    caller: Caller,
    server: ServerFacts,
    query: InvitationsQuery
  ): Promise<Page<InvitationView>>
  /** The same whether there is such a user or not. */
  invite(caller: RequestCaller, serverId: string, body: InvitationBody): Promise<InvitationView>
  withdraw(caller: Caller, serverId: string, invitationId: string): Promise<void>
}

export interface MembersDeps {
  repo: MembersRepo
  invited: InvitationsRepo
  mail: InvitationMail
  audit: Audit
  events: Pick<PanelEvents, 'publish'>
  now?: () => number
}

export function createMembersService(deps: MembersDeps): MembersService {
  const { repo, invited, mail, audit, events, now = Date.now } = deps

  /** Alone with the server's members until it is done. */
  function alone<T>(serverId: string, work: (tx: Tx, server: NamedServer) => Promise<T>) {
    return repo.transaction(async tx => {
      const server = await repo.lockServer(tx, serverId)
      if (!server) throw new ServerNotFound(serverId)
      return work(tx, server)
    })
  }

  /** The member, if the caller may make this of its rights. Who may not learns nothing of who is one. */
  async function changeable(
    tx: Tx,
    caller: Caller,
    change: { server: NamedServer; userId: string; after: readonly PermissionName[] }
  ): Promise<MemberRow> {
    const member = await repo.find(tx, change.server.id, change.userId)
    const before = member?.permissions ?? []
    checkChange(caller.actor, { of: 'MEMBER', before, ...change })
    if (!member) throw new MemberNotFound(change.userId)
    return member
  }

  return {
    async list({ actor }, server, query) {
      const managesAll = managesMembers(actor, lifted(server))
      const only = managesAll ? undefined : (actor.userId ?? '')
      return pageOf(
        await repo.list(server.id, query, only),
        query,
        row => ({ key: row.username, id: row.userId }),
        memberView
      )
    },

    async update(caller, serverId, userId, patch) {
      const after = withView(patch.permissions)
      const changed = await alone(serverId, async (tx, server) => {
        const before = await changeable(tx, caller, { server, userId, after })
        await repo.setRights(tx, serverId, userId, after)
        const member = (await repo.find(tx, serverId, userId)) ?? { ...before, permissions: [] }
        const entry = entryOf(caller, 'server.member.updated', serverId, {
          before: auditedOf(before),
          after: auditedOf(member)
        })
        await audit.write(tx, entry)
        return member
      })
      events.publish({ type: 'access.changed', userId, serverId })
      return memberView(changed)
    },

    async remove(caller, serverId, userId) {
      await alone(serverId, async (tx, server) => {
        const member = await changeable(tx, caller, { server, userId, after: [] })
        await repo.setRights(tx, serverId, userId, [])
        const isOneself = userId === caller.actor.userId
        const action = isOneself ? 'server.member.left' : 'server.member.removed'
        await audit.write(tx, entryOf(caller, action, serverId, { before: auditedOf(member) }))
      })
      events.publish({ type: 'access.changed', userId, serverId })
    },

    async invitations({ actor }, server, query) {
      const change = { userId: null, before: [], after: [] }
      checkChange(actor, { of: 'MEMBER', server: lifted(server), ...change })
      return pageOf(
        await invited.ofServer(server.id, query),
        query,
        row => ({ key: row.createdAt.toISOString(), id: row.id }),
        invitationView
      )
    },

    async invite(caller, serverId, body) {
      const permissions = withView(body.permissions)
      const invitation = await alone(serverId, async (tx, server) => {
        const older = await invited.findByInvitee(tx, serverId, body.invite)
        const before = older?.permissions ?? []
        const change = { server, userId: null, before, after: permissions }
        checkChange(caller.actor, { of: 'MEMBER', ...change })
        await invited.removeExpired(tx, serverId)
        if (!older && (await repo.count(tx, serverId)) >= MAX_MEMBERS) {
          throw new TooManyMembers(MAX_MEMBERS)
        }
        await invited.put(tx, {
          ...{ serverId, permissions, invitee: body.invite },
          invitedById: caller.actor.userId,
          expiresAt: new Date(now() + INVITATION_MS)
        })
        const made = await invited.findByInvitee(tx, serverId, body.invite)
        if (!made) throw new Error('an invitation that was just written is not there')
        const { invitee } = made
        const entry = entryOf(caller, 'server.member.invited', serverId, {
          ...(older && { before: { invitee, permissions: before } }),
          after: { invitee, permissions }
        })
        await audit.write(tx, entry)
        return made
      })
      mail.send(invitation)
      return invitationView(invitation)
    },

    async withdraw(caller, serverId, invitationId) {
      await alone(serverId, async (tx, server) => {
        const found = await invited.find(tx, serverId, invitationId)
        const before = found?.permissions ?? []
        checkChange(caller.actor, { of: 'MEMBER', server, userId: null, before, after: [] })
        if (!found) throw new InvitationNotFound(invitationId)
        await invited.remove(tx, invitationId)
        const entry = entryOf(caller, 'server.invitation.withdrawn', serverId, {
          before: { invitee: found.invitee, permissions: before }
        })
        await audit.write(tx, entry)
      })
    }
  }
}

/** A server that is suspended may still be looked at. */
function lifted(server: ServerFacts): ServerFacts {
  return { ...server, suspendedAt: null }
}

/** Without it nothing else could be reached. */
function withView(permissions: readonly PermissionName[]): PermissionName[] {
  return [...new Set<PermissionName>(['server-view', ...permissions])]
}

function memberView({ since, ...row }: MemberRow): MemberView {
  return { ...row, since: since.toISOString() }
}

function invitationView(row: InvitationRow): InvitationView {
  const { id, invitee, permissions, invitedBy, createdAt, expiresAt } = row
  return {
    ...{ id, invitee, permissions, invitedBy },
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString()
  }
}

function auditedOf({ userId, username, permissions }: MemberRow) {
  return { userId, username, permissions }
}

function entryOf(
  caller: Caller,
  action: string,
  serverId: string,
  change: { before?: unknown; after?: unknown }
) {
  return auditEntry(caller, { action, targetType: 'server', targetId: serverId, ...change })
}
