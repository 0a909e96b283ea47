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
  openttd: 'ctrl-alt-play/openttd:local',
  debian: 'ctrl-alt-play/debian:local',
  machine: 'ctrl-alt-play/machine:local',
  production: 'ctrl-alt-play/production:local'
} as const

/** How long the fuzzing is and where it begins; a run that failed is repeated with the seed it printed. */
export const fuzz = {
  frames: Number(process.env.FUZZ_FRAMES || 100_000),
  seed: Number(process.env.FUZZ_SEED || Math.floor(Math.random() * 2 ** 31))
} as const

/** How much longer than usual things may take: for a machine that is busy with other work too. */
export const patience = Number(process.env.CHAOS_PATIENCE || 1)

/** Where the golden session of a new version of the protocol is to be written. */
export const sessionFile = process.env.RECORD_SESSION

/** Which part of the fault matrix is tried beside all of its kill -9: another one each time. */
export const matrixSeed = Number(process.env.MATRIX_SEED || Math.floor(Math.random() * 2 ** 31))

/** Where pictures of the pages are to be put, for people to look at. */
export const picturesFolder = process.env.PICTURES

/** Also those of our own games that fetch hundreds of megabytes. */
export const allOwnGames = process.env.OWN_GAMES === 'all'
