/** What marks a container as ours. */
export const labels = {
  node: 'cap.node',
  server: 'cap.server',
  generation: 'cap.gen',
  restartSeq: 'cap.restart',
  specHash: 'cap.spec',
  install: 'cap.install'
} as const

const GAME_NAME = /^cap-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/

export function gameName(serverId: string): string {
  return `cap-${serverId}`
}

export function installName(serverId: string): string {
  return `cap-install-${serverId}`
}

/** The server that a container's name speaks of, whoever made it. */
export function serverIdOfName(name: string): string | undefined {
  return GAME_NAME.exec(name)?.[1]
}
