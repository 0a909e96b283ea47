import type { Audit, PanelEvents } from '../../agents/contract.ts'
import { InvitationNotFound, InvitationVoid } from '../../errors.ts'
import { pageOf } from '../../plugins/conventions.ts'
import type { PersonRow } from '../auth/actors.repo.ts'
import { auditEntry, type RequestCaller } from '../caller.ts'
import type { Requester } from '../permissions/can.ts'
import type { PermissionName } from '../permissions/catalog.ts'
import { stillGiven } from '../permissions/grant-rules.ts'
import type { InvitationRow, InvitationsRepo } from './invitations.repo.ts'
import type { MembersRepo, NamedServer, Tx } from './members.repo.ts'
import type { InvitationsQuery, Membership, MyInvitation } from './members.schema.ts'

/** The servers that one is invited to, by username or e-mail address. */
export interface InvitationsService {
  list(
    actor: Requester,
    query: InvitationsQuery
  ): Promise<{ data: MyInvitation[]; nextCursor: string | null }>
  /** Gives what the sender of the invitation could still give. */
  accept(caller: RequestCaller, id: string): Promise<Membership>
  decline(caller: RequestCaller, id: string): Promise<void>
}

export interface InvitationsDeps {
  repo: MembersRepo
  invited: InvitationsRepo
  people: { findPerson(userId: string, tx?: Tx): Promise<PersonRow | undefined> }
  audit: Audit
  events: Pick<PanelEvents, 'publish'>
}

export function createInvitationsService(deps: InvitationsDeps): InvitationsService {
  const { repo, invited, people, audit, events } = deps

  /** With the server held, so that it is taken or withdrawn once. */
  async function answerable(tx: Tx, { actor }: RequestCaller, id: string) {
    const first = await invited.findOfUser(tx, actor.userId, id)
    const server = first && (await repo.lockServer(tx, first.serverId))
    const invitation = server && (await invited.findOfUser(tx, actor.userId, id))
    if (!invitation) throw new InvitationNotFound(id)
    return { server, invitation }
  }

  async function givenBy(
    tx: Tx,
    server: NamedServer,
    { invitedById, permissions }: InvitationRow
  ): Promise<PermissionName[]> {
    if (!(await invited.lockSender(tx, invitedById))) return []
    const person = await people.findPerson(invitedById, tx)
    if (!person) return []
    const sender = { ...person, type: 'USER', userId: invitedById, ip: '', owes: null } as const
    return stillGiven(sender, server, permissions)
  }

  return {
    async list(actor, query) {
      return pageOf(
        await invited.ofUser(actor.userId, query),
        query,
        row => ({ key: row.createdAt.toISOString(), id: row.id }),
        viewOf
      )
    },

    async accept(caller, id) {
      const { userId } = caller.actor
      const membership = await repo.transaction(async tx => {
        const { server, invitation } = await answerable(tx, caller, id)
        const isOwner = server.ownerId === userId
        const given = isOwner ? [] : await givenBy(tx, server, invitation)
        // What cannot be seen cannot be shared.
        if (!isOwner && !given.includes('server-view')) throw new InvitationVoid()
        await repo.addRights(tx, server.id, userId, given)
        await invited.remove(tx, id)
        const member = await repo.find(tx, server.id, userId)
        const permissions = member?.permissions ?? []
        const after = { permissions, invitedBy: invitation.invitedBy }
        await audit.write(tx, entryOf(caller, 'server.member.joined', server.id, { after }))
        return { server: { id: server.id, name: server.name }, permissions }
      })
      events.publish({ type: 'access.changed', userId, serverId: membership.server.id })
      return membership
    },

    async decline(caller, id) {
      await repo.transaction(async tx => {
        const { server, invitation } = await answerable(tx, caller, id)
        await invited.remove(tx, id)
        const { invitee, permissions } = invitation
        const before = { invitee, permissions }
        await audit.write(tx, entryOf(caller, 'server.invitation.declined', server.id, { before }))
      })
    }
  }
}

function entryOf(
  caller: RequestCaller,
  action: string,
  serverId: string,
  change: { before?: unknown; after?: unknown }
) {
  return auditEntry(caller, { action, targetType: 'server', targetId: serverId, ...change })
}

function viewOf(row: InvitationRow): MyInvitation {
  const { id, serverId, serverName, permissions, invitedBy, createdAt, expiresAt } = row
  return {
    ...{ id, permissions, invitedBy },
    server: { id: serverId, name: serverName },
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString()
  }
}
