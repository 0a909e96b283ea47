import { forbidden, MemberNotFound, NotManagingMembers, OwnPermissions } from '../../errors.ts'
import type { Actor } from './can.ts'
import { type RightsChange, refusalOf } from './grant-rules.ts'

/** Throws what the caller is told when the rules refuse the change. */
export function checkChange(actor: Actor, change: RightsChange): void {
  const refusal = refusalOf(actor, change)
  if (!refusal) return
  switch (refusal.why) {
    case 'LACKS':
      throw forbidden(refusal.permission)
    case 'ONESELF':
      throw new OwnPermissions()
    case 'NOT_MANAGING':
      throw new NotManagingMembers()
    case 'OWNER':
      throw new MemberNotFound(change.of === 'MEMBER' ? change.userId : '')
  }
}
