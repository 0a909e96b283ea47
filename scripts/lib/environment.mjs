import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout that these scripts belong to. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** Lock files, stamps and logs of the tooling; safe to delete. */
export const cacheDir = join(root, '.cache')

/** The only place where the scripts read the environment. */
// biome-ignore lint/style/noProcessEnv: this is the scripts' configuration
export const environment = process.env

/** A setting, or undefined when it is missing or empty. */
export const setting = name => environment[name] || undefined

/** True when a switch such as NO_SYSTEM_PACKAGES is set to something other than 0 or false. */
export const isOn = name => !['', '0', 'false', 'no'].includes(environment[name] ?? '')
