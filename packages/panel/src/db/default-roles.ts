import { type PermissionName, permissionCatalog } from '../features/permissions/catalog.ts'

type GrantScope = 'ANY' | 'OWN'

export interface DefaultRole {
  name: string
  description: string
  grants: ReadonlyMap<PermissionName, GrantScope>
}

const all = permissionCatalog.map(entry => entry.name)

function within(...categories: string[]): PermissionName[] {
  return permissionCatalog
    .filter(entry => categories.includes(entry.category))
    .map(entry => entry.name)
}

const ownedByUser: PermissionName[] = [
  'server-view',
  'server-update',
  'server-power',
  'server-reinstall',
  ...within('FILE', 'CONSOLE', 'BACKUP', 'DATABASE'),
  'network-view',
  'monitoring-view',
  'plugin-view'
]

const watchedByModerator: PermissionName[] = [
  'server-view',
  'server-power',
  'console-read',
  'file-read',
  'backup-view',
  'monitoring-view',
  'user-view'
]

function grants(scope: GrantScope, names: PermissionName[]): Array<[PermissionName, GrantScope]> {
  return names.map(name => [name, scope])
}

/** The system roles; a moderator has what a user has, and more on everyone's servers. */
export const defaultRoles: readonly DefaultRole[] = [
  {
    name: 'ADMIN',
    description: 'May do everything.',
    grants: new Map(grants('ANY', all))
  },
  {
    name: 'MODERATOR',
    description: "Looks after everyone's servers.",
    grants: new Map([...grants('OWN', ownedByUser), ...grants('ANY', watchedByModerator)])
  },
  {
    name: 'USER',
    description: 'Runs own servers.',
    grants: new Map(grants('OWN', ownedByUser))
  }
]
