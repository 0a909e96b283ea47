import { type Actor, can } from '../permissions/can.ts'

/**
 * Whether the actor sees variables that are hidden from users and changes those that users cannot edit: who may change
 * all servers may, and who keeps the templates, for they say what is hidden. All others see what is viewable, and
 * change what is viewable and editable. Which servers they may change at all is not said here.
 */
export function reachesAllVariables(actor: Actor): boolean {
  return can(actor, 'server-update') || can(actor, 'admin-templates')
}
