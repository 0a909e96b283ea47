import type { Static } from '@sinclair/typebox'
import { UserNotFound } from '../../errors.ts'
import { decodeCursor, pageOf } from '../../plugins/conventions.ts'
import type { UserRow, UsersRepo } from './users.repo.ts'
import type { UsersPage, UsersQuery, UserView } from './users.schema.ts'

export interface UsersService {
  list(query: UsersQuery): Promise<Static<typeof UsersPage>>
  view(id: string): Promise<UserView>
}

export function createUsersService(repo: UsersRepo): UsersService {
  return {
    async list(query) {
      const isByName = query.sort === 'username'
      const after = decodeCursor(query.sort, query.cursor, isByName ? 'string' : 'date')
      return pageOf(
        await repo.list(query, after),
        query,
        row => ({ key: isByName ? row.username : row.createdAt.toISOString(), id: row.id }),
        userView
      )
    },
    async view(id) {
      const row = await repo.find(id)
      if (!row) throw new UserNotFound(id)
      return userView(row)
    }
  }
}

export function userView({ role, createdAt, updatedAt, ...row }: UserRow): UserView {
  return {
    ...row,
    role: role.name,
    disabledAt: row.disabledAt?.toISOString() ?? null,
    deletingSince: row.deletingSince?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString()
  }
}
