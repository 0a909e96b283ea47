import { forbidden, UserNotFound } from '../../errors.ts'
import type { PersonRow } from '../auth/actors.repo.ts'
import { type Actor, type Grants, type ServerScope, serversWith } from './can.ts'
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

/**
 * What somebody with these grants may do on servers where the actor may not: the one rule about acting
 * on others' accounts. What is held on own servers is as wide as what is held on own servers.
 */
export function lackedBeside(
  actor: Actor,
  grants: Grants,
  now = new Date()
): PermissionName | undefined {
  // One who owes something holds it nevertheless.
  const other: Actor = { ...actor, owes: null, grants }
  return permissionCatalog
    .map(({ name }) => name)
    .find(name => !covers(serversWith(actor, name, now), serversWith(other, name, now)))
}

/** Whether their servers are all among mine. */
function covers(mine: ServerScope, theirs: ServerScope): boolean {
  // What I am denied may be theirs to own.
  const deniedBoth = mine.exclude.every(id => theirs.exclude.includes(id))
  if (theirs.all) return mine.all && deniedBoth
  if (theirs.own && !(deniedBoth && (mine.all || mine.own))) return false
  return theirs.include.every(id => isWithin(mine, id))
}

function isWithin({ all, include, exclude }: ServerScope, id: string): boolean {
  return (all || include.includes(id)) && !exclude.includes(id)
}
