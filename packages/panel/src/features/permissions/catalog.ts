/** Every permission there is. Code names them through `PermissionName`, never by a loose string. */
export const permissionCatalog = [
  { name: 'server-view', category: 'SERVER', description: 'See a server' },
  { name: 'server-create', category: 'SERVER', description: 'Create servers' },
  {
    name: 'server-update',
    category: 'SERVER',
    description: "Change a server's settings, variables and limits"
  },
  { name: 'server-delete', category: 'SERVER', description: 'Delete a server and its files' },
  {
    name: 'server-power',
    category: 'SERVER',
    description: 'Start, stop, restart and kill a server'
  },
  { name: 'server-reinstall', category: 'SERVER', description: 'Install a server anew' },
  { name: 'server-transfer', category: 'SERVER', description: 'Move a server to another node' },
  { name: 'user-view', category: 'USER', description: 'See the users' },
  { name: 'user-create', category: 'USER', description: 'Create users' },
  { name: 'user-update', category: 'USER', description: 'Change users and disable them' },
  { name: 'user-delete', category: 'USER', description: 'Delete users' },
  { name: 'admin-nodes', category: 'ADMIN', description: 'Manage nodes, agents and allocations' },
  { name: 'admin-templates', category: 'ADMIN', description: 'Manage ctrls and alts' },
  { name: 'admin-roles', category: 'ADMIN', description: 'Manage roles and grants' },
  { name: 'admin-settings', category: 'ADMIN', description: 'Change the settings of the panel' },
  { name: 'admin-audit', category: 'ADMIN', description: 'Read the audit log' },
  { name: 'file-read', category: 'FILE', description: "List and read a server's files" },
  { name: 'file-write', category: 'FILE', description: "Create and change a server's files" },
  { name: 'file-delete', category: 'FILE', description: "Delete a server's files" },
  { name: 'file-archive', category: 'FILE', description: 'Pack and unpack archives' },
  { name: 'console-read', category: 'CONSOLE', description: "Read a server's console" },
  { name: 'console-send', category: 'CONSOLE', description: "Type into a server's console" },
  { name: 'backup-view', category: 'BACKUP', description: 'See the backups of a server' },
  { name: 'backup-create', category: 'BACKUP', description: 'Make backups' },
  { name: 'backup-restore', category: 'BACKUP', description: 'Restore a backup' },
  { name: 'backup-delete', category: 'BACKUP', description: 'Delete backups' },
  { name: 'database-view', category: 'DATABASE', description: 'See the databases of a server' },
  { name: 'database-create', category: 'DATABASE', description: 'Create databases' },
  { name: 'database-delete', category: 'DATABASE', description: 'Delete databases' },
  { name: 'network-view', category: 'NETWORK', description: "See a server's ports" },
  { name: 'network-allocate', category: 'NETWORK', description: 'Give and take ports' },
  { name: 'monitoring-view', category: 'MONITORING', description: 'See figures and charts' },
  { name: 'monitoring-alerts', category: 'MONITORING', description: 'Manage alerts' },
  { name: 'plugin-view', category: 'PLUGIN', description: 'See plugins' },
  { name: 'plugin-install', category: 'PLUGIN', description: 'Install and remove plugins' },
  { name: 'plugin-configure', category: 'PLUGIN', description: 'Configure plugins' }
] as const

export type PermissionName = (typeof permissionCatalog)[number]['name']

const names: ReadonlySet<string> = new Set(permissionCatalog.map(entry => entry.name))

/** Whether a text from outside names a permission. */
export function isPermissionName(name: string): name is PermissionName {
  return names.has(name)
}

const serverCategories: ReadonlySet<string> = new Set([
  ...['SERVER', 'FILE', 'CONSOLE', 'BACKUP', 'DATABASE', 'NETWORK', 'MONITORING', 'PLUGIN']
])

/** What can be held on one server; the others mean something only everywhere. */
export const serverPermissions: readonly PermissionName[] = permissionCatalog
  .filter(entry => serverCategories.has(entry.category) && entry.name !== 'server-create')
  .map(entry => entry.name)

const ofServers: ReadonlySet<PermissionName> = new Set(serverPermissions)

export function isOfServers(permission: PermissionName): boolean {
  return ofServers.has(permission)
}
