import { randomBytes } from 'node:crypto'
import type { Audit, PanelEvents } from '../../agents/contract.ts'
import type { Prisma } from '../../db/generated/client.ts'
import { MailNotSetUp, nameTakenAt, UserNotFound, validationFailed } from '../../errors.ts'
import type { PersonRow } from '../auth/actors.repo.ts'
import { checkNewPassword } from '../auth/new-password.ts'
import { resetLink } from '../auth/password-reset.service.ts'
import type { Passwords } from '../auth/passwords.ts'
import { auditEntry, type Caller } from '../caller.ts'
import type { Mailer } from '../mail/mailer.ts'
import { mailTexts } from '../mail/texts.ts'
import { checkUserAct } from './check-user-act.ts'
import type { Leaving } from './leaving.ts'
import type { Target } from './may-change.ts'
import type { RoleOfUsers, UserChangesRepo, UserColumns } from './user-changes.repo.ts'
import type { UserRow } from './users.repo.ts'
import type { CreatedUser, UserBody, UserPatch, UserView } from './users.schema.ts'
import { userView } from './users.service.ts'

type Tx = Prisma.TransactionClient

export interface UserChanges {
  create(caller: Caller, body: UserBody): Promise<CreatedUser>
  update(caller: Caller, id: string, patch: UserPatch): Promise<UserView>
}

export interface UserChangesDeps {
  repo: UserChangesRepo
  people: { findPerson(userId: string, tx?: Tx): Promise<PersonRow | undefined> }
  passwords: Passwords
  mailer: Mailer
  audit: Audit
  events: PanelEvents
  publicUrl: () => string
  leaving: Pick<Leaving, 'callOff'>
}

const RANDOM_BYTES = 12

export function createUserChanges(deps: UserChangesDeps): UserChanges {
  const { repo, people, passwords, mailer, audit, events, publicUrl, leaving } = deps

  async function needRole(tx: Tx, name: string): Promise<RoleOfUsers> {
    const role = await repo.findRole(tx, name)
    if (role) return role
    throw validationFailed([{ field: 'body.role', message: 'names no role that there is' }])
  }

  async function checkNames(
    tx: Tx,
    names: Pick<UserPatch, 'username' | 'email'>,
    exceptId?: string
  ): Promise<void> {
    const taken = await repo.takenName(tx, names, exceptId)
    if (taken) throw nameTakenAt(`body.${taken}`, names[taken] ?? '')
  }

  return {
    async create(caller, { username, email, role = 'USER', serverLimit = null, ...body }) {
      const { invite = false } = body
      if (invite && body.password !== undefined) {
        const message = 'is not for who chooses one by a mailed link'
        throw validationFailed([{ field: 'body.password', message }])
      }
      if (invite && !mailer.isSetUp) throw new MailNotSetUp()
      const password = body.password ?? randomBytes(RANDOM_BYTES).toString('base64url')
      await checkNewPassword('body.password', password, [username, email])
      const passwordHash = await passwords.hash(password)
      const mustChangePassword = body.password === undefined
      const { user, secret } = await repo.transaction(async tx => {
        const { id: roleId, ...given } = await needRole(tx, role)
        checkUserAct(caller.actor, { do: 'create', role: given }, username)
        await checkNames(tx, { username, email })
        const row = { username, email, serverLimit, roleId, passwordHash, mustChangePassword }
        const made = await repo.insert(tx, row)
        const after = { ...auditedOf(made), invite }
        await audit.write(tx, entryOf(caller, 'user.created', made.id, { after }))
        return { user: made, secret: invite ? await repo.issueLink(tx, made) : undefined }
      })
      if (secret !== undefined) {
        const text = mailTexts.welcome({ username, link: resetLink(publicUrl(), secret) })
        mailer.send({ to: email, ...text, about: { kind: 'welcome', userId: user.id } })
      }
      const isToldOnce = body.password === undefined && !invite
      return { user: userView(user), ...(isToldOnce && { password }) }
    },

    async update(caller, id, patch) {
      const { row, since } = await repo.transaction(async tx => {
        const role = patch.role === undefined ? undefined : await needRole(tx, patch.role)
        const user = await repo.lock(tx, id)
        const target = await targetOf(people, user, tx)
        if (!user || !target) throw new UserNotFound(id)
        const { username: _, role: __, disabled, ...rest } = patch
        const change = {
          ...(role && { role }),
          ...(disabled !== undefined && { disabled }),
          more: Object.keys(rest).length > 0
        }
        const otherAdmins = await repo.countOtherAdmins(tx, id)
        const act = { do: 'update', target, change, otherAdmins } as const
        checkUserAct(caller.actor, act, user.username)
        await checkNames(tx, patch, id)
        const updated = await repo.update(tx, id, columnsOf(patch, user, role))
        const isDisabledNow = disabled === true && user.disabledAt === null
        const isMoved = updated.role.name !== user.role.name
        if (isDisabledNow || isMoved) await repo.endLogins(tx, id)
        // A link in a mailbox that is not theirs any more, or of one who is shut out.
        if (isDisabledNow || updated.email !== user.email) await repo.voidLinks(tx, id)
        const changed = { before: auditedOf(user), after: auditedOf(updated) }
        await audit.write(tx, entryOf(caller, 'user.updated', id, changed))
        const isBack = updated.deletingSince === null
        return { row: updated, since: isBack ? user.deletingSince : null }
      })
      if (since) await leaving.callOff(caller, id, since)
      events.publish({ type: 'access.changed', userId: id })
      return userView(row)
    }
  }
}

/** The account as the rules see it, as of this transaction. */
export async function targetOf(
  people: UserChangesDeps['people'],
  user: UserRow | undefined,
  tx: Tx
): Promise<Target | undefined> {
  const person = user && (await people.findPerson(user.id, tx))
  if (!person) return undefined
  const { roleName, grants } = person
  return { id: user.id, roleName, grants, isEnabled: user.disabledAt === null }
}

function columnsOf(patch: UserPatch, user: UserRow, role: RoleOfUsers | undefined): UserColumns {
  const { username, email, serverLimit, mustChangePassword, disabled } = patch
  return {
    ...(username !== undefined && { username }),
    ...(email !== undefined && { email }),
    ...(serverLimit !== undefined && { serverLimit }),
    ...(mustChangePassword !== undefined && { mustChangePassword }),
    ...(role && { roleId: role.id }),
    ...(disabled === true && { disabledAt: user.disabledAt ?? new Date() }),
    ...(disabled === false && { disabledAt: null, deletingSince: null })
  }
}

/** What of a user stands in the audit log. */
export function auditedOf(user: UserRow) {
  const { username, email, serverLimit, mustChangePassword, disabledAt, deletingSince } = user
  const profile = { username, email, role: user.role.name, serverLimit, mustChangePassword }
  return { ...profile, isDisabled: disabledAt !== null, isLeaving: deletingSince !== null }
}

export function entryOf(
  caller: Caller,
  action: string,
  targetId: string,
  change: { before?: unknown; after?: unknown }
) {
  return auditEntry(caller, { action, targetType: 'user', targetId, ...change })
}
