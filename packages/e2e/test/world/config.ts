import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout that the tests are part of. */
export const repository = dirname(
  dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))))
)

/** What the runner tells the tests, and what their child processes inherit. */
export const environment: NodeJS.ProcessEnv = process.env

export const images = {
  probe: 'ctrl-alt-play/probe:local',
  teeworlds: 'ctrl-alt-play/teeworlds:local',
  openttd: 'ctrl-alt-play/openttd:local'
} as const
