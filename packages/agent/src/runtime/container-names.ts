/** What marks a container as ours. */
export const labels = {
  node: 'cap.node',
  server: 'cap.server',
  generation: 'cap.gen',
  restartSeq: 'cap.restart',
  specHash: 'cap.spec',
  install: 'cap.install'
} as const

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const SERVER_ID = new RegExp(`^${UUID}$`)
const GAME_NAME = new RegExp(`^cap-(${UUID})$`)

export function gameName(serverId: string): string {
  return `cap-${checkServerId(serverId)}`
}

export function installName(serverId: string): string {
  return `cap-install-${checkServerId(serverId)}`
}

/** Names of containers and folders are made of it, so nothing else may pass for one. */
export function checkServerId(serverId: string): string {
  if (SERVER_ID.test(serverId)) return serverId
  throw new Error(`"${serverId}" is no server id`)
}

/** The server that a container's name speaks of, whoever made it. */
export function serverIdOfName(name: string): string | undefined {
  return GAME_NAME.exec(name)?.[1]
}
