/** The name of the cluster in each repository. */
export const STANZA = 'ctrl-alt-play'

export interface PgbackrestSettings {
  cluster: {
    dataDir: string
    port: string
    socketDir: string
    superuser: string
  }
  dir: string
  days: number
  longTermDir: string | undefined
  longTermDays: number
  passphrase: string
}

/**
 * Both repositories are encrypted. The first can lead to any moment of its days, as it keeps all WAL from the
 * full backup before them; the second keeps WAL for its two newest full backups, and of older ones what
 * makes them whole.
 */
export function pgbackrestConfig(settings: PgbackrestSettings): string {
  const { cluster, dir, days, longTermDir, longTermDays, passphrase } = settings
  const repository = (key: number, path: string, keptDays: number) => ({
    [`repo${key}-path`]: path,
    [`repo${key}-cipher-type`]: 'aes-256-cbc',
    [`repo${key}-cipher-pass`]: passphrase,
    [`repo${key}-retention-full-type`]: 'time',
    [`repo${key}-retention-full`]: keptDays
  })
  return [
    "# Written by npm run db:backup from the panel's configuration: changes by hand are lost.",
    ...section('global', {
      ...repository(1, dir, days),
      ...(longTermDir === undefined
        ? {}
        : {
            ...repository(2, longTermDir, longTermDays),
            'repo2-retention-archive-type': 'full',
            'repo2-retention-archive': 2
          }),
      'lock-path': `${dir}/lock`,
      'log-level-file': 'off',
      'log-level-console': 'warn',
      'compress-type': 'zst',
      'start-fast': 'y'
    }),
    '',
    ...section(STANZA, {
      'pg1-path': cluster.dataDir,
      'pg1-port': cluster.port,
      'pg1-socket-path': cluster.socketDir,
      'pg1-user': cluster.superuser
    }),
    ''
  ].join('\n')
}

function section(name: string, values: Record<string, string | number>): string[] {
  const lines = Object.entries(values).map(([key, value]) => {
    if (/[\r\n]/.test(String(value))) throw new Error(`${key} must be one line.`)
    return `${key}=${value}`
  })
  return [`[${name}]`, ...lines]
}

export interface WrittenConfig {
  cluster: PgbackrestSettings['cluster']
  /** The folders of the repositories, in order. */
  places: string[]
  passphrase: string
}

/** What a configuration says that was written before; undefined: it is not one of ours. */
export function readPgbackrestConfig(text: string): WrittenConfig | undefined {
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1] ?? ''
  const cluster = {
    dataDir: value('pg1-path'),
    port: value('pg1-port'),
    socketDir: value('pg1-socket-path'),
    superuser: value('pg1-user')
  }
  const places = [value('repo1-path'), value('repo2-path')].filter(place => place !== '')
  const passphrase = value('repo1-cipher-pass')
  const isOurs = Object.values(cluster).every(Boolean) && places.length > 0 && passphrase !== ''
  return isOurs ? { cluster, places, passphrase } : undefined
}

/** What PostgreSQL runs for each piece of WAL, and to get one back. */
export function archiveCommand(file: string): string {
  return `${call(file)} archive-push %p`
}

export function restoreCommand(file: string, dataDir?: string): string {
  const path = dataDir === undefined ? '' : ` --pg1-path="${dataDir}"`
  return `${call(file)}${path} archive-get %f "%p"`
}

const call = (file: string) => `pgbackrest --config="${file}" --stanza=${STANZA}`
