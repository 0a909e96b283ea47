import type { Database } from '../../db/client.ts'
import type { Prisma, User } from '../../db/generated/client.ts'
import type { CursorPlace } from '../../plugins/conventions.ts'
import { madeBefore } from '../keyset.ts'
import type { UsersQuery } from './users.schema.ts'

export type UserRow = Pick<
  User,
  | 'id'
  | 'username'
  | 'email'
  | 'serverLimit'
  | 'mustChangePassword'
  | 'disabledAt'
  | 'deletingSince'
  | 'createdAt'
  | 'updatedAt'
> & { role: { name: string } }

export interface UsersRepo {
  list(query: UsersQuery, after: CursorPlace | undefined): Promise<UserRow[]>
  find(id: string): Promise<UserRow | undefined>
}

export const userColumns = {
  id: true,
  username: true,
  email: true,
  serverLimit: true,
  mustChangePassword: true,
  disabledAt: true,
  deletingSince: true,
  createdAt: true,
  updatedAt: true,
  role: { select: { name: true } }
} as const

export function createUsersRepo({ prisma }: Database): UsersRepo {
  return {
    list(query, after) {
      const isByName = query.sort === 'username'
      return prisma.user.findMany({
        where: { AND: [searchOf(query), ...(after ? [afterPlace(isByName, after)] : [])] },
        orderBy: isByName ? [{ username: 'asc' }] : [{ createdAt: 'desc' }, { id: 'desc' }],
        take: query.limit + 1,
        select: userColumns
      })
    },
    async find(id) {
      return (await prisma.user.findUnique({ where: { id }, select: userColumns })) ?? undefined
    }
  }
}

function searchOf({ search }: UsersQuery): Prisma.UserWhereInput {
  if (!search) return {}
  // Prisma leaves the wildcards of LIKE as they are.
  const part = { contains: search.replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' as const }
  return { OR: [{ username: part }, { email: part }] }
}

function afterPlace(isByName: boolean, place: CursorPlace): Prisma.UserWhereInput {
  // No two have the same name.
  return isByName ? { username: { gt: String(place.key) } } : madeBefore(place)
}
