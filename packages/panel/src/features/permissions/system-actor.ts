import type { Actor } from './can.ts'
import { permissionCatalog } from './catalog.ts'

/** The panel itself, for what it does by itself. */
export const systemActor: Actor = {
  type: 'SYSTEM',
  userId: null,
  username: 'system',
  roleName: 'SYSTEM',
  ip: '',
  owes: null,
  grants: {
    role: new Map(permissionCatalog.map(({ name }) => [name, 'ANY'])),
    overrides: [],
    subset: null
  }
}
