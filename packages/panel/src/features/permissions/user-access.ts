import { forbidden, UserNotFound } from '../../errors.ts'
import type { PersonRow } from '../auth/actors.repo.ts'
import { type Actor, can, type Grants } from './can.ts'
import { type PermissionName, permissionCatalog } from './catalog.ts'

export interface UserAccess {
  findUser(userId: string): Promise<PersonRow>
  /** The person, if the actor may act on that account: nobody does who may do less than its owner. */
  requireUser(actor: Actor, userId: string): Promise<PersonRow>
}

export function createUserAccess(repo: {
  findPerson(userId: string): Promise<PersonRow | undefined>
}): UserAccess {
  async function findUser(userId: string): Promise<PersonRow> {
    const person = await repo.findPerson(userId)
    if (!person) throw new UserNotFound(userId)
    return person
  }

  return {
    findUser,
    async requireUser(actor, userId) {
      const person = await findUser(userId)
      const lacked = lackedBeside(actor, person.grants)
      if (lacked) throw forbidden(lacked)
      return person
    }
  }
}

/** What somebody with these grants may do everywhere and the actor may not. */
export function lackedBeside(
  actor: Actor,
  grants: Grants,
  now = new Date()
): PermissionName | undefined {
  // One who owes something holds it nevertheless.
  const other: Actor = { ...actor, owes: null, grants }
  return permissionCatalog
    .map(({ name }) => name)
    .find(name => can(other, name, undefined, now) && !can(actor, name, undefined, now))
}
