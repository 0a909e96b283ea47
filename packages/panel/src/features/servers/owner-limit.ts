import { ServerLimitReached, UserNotFound } from '../../errors.ts'
import type { Owner } from './server-changes.repo.ts'

/** Whether somebody may own one server more; it holds for whoever makes it or gives it away. */
export function checkRoom(owner: Owner | undefined, ownerId: string): void {
  if (!owner) throw new UserNotFound(ownerId)
  const { username, serverLimit, servers } = owner
  if (serverLimit !== null && servers >= serverLimit)
    throw new ServerLimitReached(username, serverLimit)
}
