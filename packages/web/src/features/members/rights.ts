import type { ServerRight } from '../../api/client.ts'

/** As people look for them; what belongs to parts that the panel does not have yet stands last. */
export const rightGroups = {
  server: [
    ...(['server-view', 'server-power', 'server-update', 'server-reinstall'] as const),
    'server-delete'
  ],
  console: ['console-read', 'console-send'],
  figures: ['monitoring-view'],
  ports: ['network-view', 'network-allocate'],
  later: [
    ...(['file-read', 'file-write', 'file-delete', 'file-archive'] as const),
    ...(['backup-view', 'backup-create', 'backup-restore', 'backup-delete'] as const),
    ...(['database-view', 'database-create', 'database-delete'] as const),
    ...(['plugin-view', 'plugin-install', 'plugin-configure'] as const),
    ...(['server-transfer', 'monitoring-alerts'] as const)
  ]
} satisfies Record<string, readonly ServerRight[]>

export type RightGroup = keyof typeof rightGroups

export const rightGroupNames = Object.keys(rightGroups) as RightGroup[]

/** Without it nothing else could be reached. */
export const ALWAYS: ServerRight = 'server-view'

/** To begin with, for those who do not want to think about each right. */
export const bundles = {
  look: ['server-view', 'console-read', 'monitoring-view', 'network-view'],
  run: [
    ...(['server-view', 'server-power', 'console-read', 'console-send'] as const),
    ...(['monitoring-view', 'network-view'] as const)
  ],
  manage: [
    ...(['server-view', 'server-power', 'server-update', 'server-reinstall'] as const),
    ...(['console-read', 'console-send', 'monitoring-view'] as const),
    ...(['network-view', 'network-allocate', 'file-read', 'file-write'] as const),
    ...(['file-delete', 'file-archive', 'backup-view', 'backup-create'] as const)
  ]
} satisfies Record<string, readonly ServerRight[]>

export type Bundle = keyof typeof bundles

export const bundleNames = Object.keys(bundles) as Bundle[]

const order = Object.values(rightGroups).flat() as string[]

/** In the order of the grid. */
export function inOrder(rights: readonly string[]): string[] {
  return rights.toSorted((one, other) => order.indexOf(one) - order.indexOf(other))
}

export function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every(right => other.has(right))
}

/** Nobody gives or takes what they do not have themselves. */
export function mayHandle(mine: ReadonlySet<string>, held: readonly string[]): boolean {
  return held.every(right => mine.has(right))
}
