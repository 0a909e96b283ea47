import { forbidden, LastAdmin, OwnAccount } from '../../errors.ts'
import type { Actor } from '../permissions/can.ts'
import { mayChange, type UserAct } from './may-change.ts'

/** Throws what the caller is told when the rules refuse it. */
export function checkUserAct(actor: Actor, act: UserAct, username: string): void {
  const refusal = mayChange(actor, act)
  if (!refusal) return
  switch (refusal.why) {
    case 'LACKS':
      throw forbidden(refusal.permission)
    case 'ONESELF':
      throw new OwnAccount()
    case 'LAST_ADMIN':
      throw new LastAdmin(username)
  }
}
