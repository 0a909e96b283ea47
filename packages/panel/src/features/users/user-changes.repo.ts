import type { Database } from '../../db/client.ts'
import type { Prisma, User } from '../../db/generated/client.ts'
import { mailTokens } from '../mail/mail-tokens.ts'
import type { ServerFacts } from '../permissions/can.ts'
import { isPermissionName } from '../permissions/catalog.ts'
import type { Right } from '../permissions/grant-rules.ts'
import { lockNames, takenName } from './user-names.ts'
import { type UserRow, userColumns } from './users.repo.ts'

type Tx = Prisma.TransactionClient

export interface RoleOfUsers {
  id: string
  name: string
  rights: Right[]
}

type NewUser = Pick<
  User,
  'username' | 'email' | 'passwordHash' | 'mustChangePassword' | 'roleId' | 'serverLimit'
>

export type UserColumns = Partial<NewUser & Pick<User, 'disabledAt' | 'deletingSince'>>

export interface OwnedServer extends ServerFacts {
  name: string
}

export interface UserChangesRepo {
  /** Changes of users come one after the other. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** By its name in any case; it stays as it is until the transaction ends. */
  findRole(tx: Tx, name: string): Promise<RoleOfUsers | undefined>
  /** Nobody becomes the owner of a server until the transaction ends. */
  lock(tx: Tx, id: string): Promise<UserRow | undefined>
  takenName: typeof takenName
  /** Enabled ones besides this user. */
  countOtherAdmins(tx: Tx, id: string): Promise<number>
  serversOf(tx: Tx, id: string): Promise<OwnedServer[]>
  insert(tx: Tx, user: NewUser): Promise<UserRow>
  update(tx: Tx, id: string, columns: UserColumns): Promise<UserRow>
  /** Whether the user goes with the last server; that stays so until the transaction ends. */
  isLeaving(tx: Tx, id: string): Promise<boolean>
  /** By the database's clock, as commands have it. */
  now(tx: Tx): Promise<Date>
  endLogins(tx: Tx, id: string): Promise<void>
  issueLink(tx: Tx, user: Pick<UserRow, 'id' | 'email'>): Promise<string>
  voidLinks(tx: Tx, id: string): Promise<void>
  remove(tx: Tx, id: string): Promise<void>
}

export function createUserChangesRepo({ transaction }: Database): UserChangesRepo {
  return {
    takenName,
    transaction: work =>
      transaction(async tx => {
        await lockNames(tx)
        return work(tx)
      }),
    async findRole(tx, name) {
      const [row] = await tx.$queryRaw<{ id: string }[]>`
        SELECT id FROM "Role" WHERE lower(name) = lower(${name}) FOR SHARE`
      if (!row) return undefined
      const role = await tx.role.findUniqueOrThrow({
        where: { id: row.id },
        select: {
          id: true,
          name: true,
          permissions: { select: { scope: true, permission: { select: { name: true } } } }
        }
      })
      const rights = role.permissions.flatMap(({ scope: place, permission }) =>
        isPermissionName(permission.name) ? [{ permission: permission.name, place }] : []
      )
      return { id: role.id, name: role.name, rights }
    },
    async lock(tx, id) {
      await tx.$queryRaw`SELECT FROM "User" WHERE id = ${id}::uuid FOR UPDATE`
      return (await tx.user.findUnique({ where: { id }, select: userColumns })) ?? undefined
    },
    async countOtherAdmins(tx, id) {
      // By the role's id the database knows how few they are, by its name it takes them for many.
      const where = { name: 'ADMIN' }
      const { id: roleId } = await tx.role.findUniqueOrThrow({ where, select: { id: true } })
      return tx.user.count({ where: { roleId, id: { not: id }, disabledAt: null } })
    },
    serversOf: (tx, ownerId) =>
      tx.server.findMany({
        where: { ownerId },
        orderBy: [{ name: 'asc' }, { id: 'asc' }],
        select: { id: true, name: true, ownerId: true, suspendedAt: true }
      }),
    insert: (tx, data) => tx.user.create({ data, select: userColumns }),
    update: (tx, id, data) => tx.user.update({ where: { id }, data, select: userColumns }),
    async isLeaving(tx, id) {
      const [row] = await tx.$queryRaw<{ isLeaving: boolean }[]>`
        SELECT "deletingSince" IS NOT NULL AS "isLeaving" FROM "User" WHERE id = ${id}::uuid FOR SHARE`
      return row?.isLeaving ?? false
    },
    async now(tx) {
      const [row] = await tx.$queryRaw<{ now: Date }[]>`SELECT now()`
      return row?.now ?? new Date()
    },
    async endLogins(tx, userId) {
      await tx.session.updateMany({
        where: { userId, revokedAt: null },
        data: { revokedAt: new Date() }
      })
    },
    issueLink: (tx, { id, email }) =>
      mailTokens.issue(tx, { userId: id, purpose: 'PASSWORD_RESET', email }),
    voidLinks: (tx, id) => mailTokens.useUp(tx, id),
    async remove(tx, id) {
      await tx.user.delete({ where: { id }, select: { id: true } })
    }
  }
}
