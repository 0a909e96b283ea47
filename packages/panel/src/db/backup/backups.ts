import type { Config } from '../../config.ts'
import { embeddedBackups } from './embedded-backups.ts'
import { pgbackrestBackups } from './pgbackrest-backups.ts'

export type BackupKind = 'full' | 'diff'

export interface RestoreWish {
  /** The moment to go back to; undefined: as far as there is anything. */
  to: Date | undefined
  /** Where the data folder is to stand, on a machine where none was before. */
  into: string | undefined
  /** 1 or 2; undefined: whichever has what is wanted. */
  repository: number | undefined
}

interface RestorePlan {
  /** What would happen, for people. */
  text: string
  /** Restores beside, looks at what came, then swaps; answers where the old folder is kept. */
  execute(): Promise<string | undefined>
}

/** Backups of the panel's database, by whatever fits the PostgreSQL that it uses. */
export interface Backups {
  /** Makes one in each place that is due, and removes what is too old. */
  backUp(kind: BackupKind | undefined): Promise<void>
  /** Reads every backup whole; answers what is wrong, nothing when all is well. */
  verify(): Promise<string[]>
  planRestore(wish: RestoreWish): Promise<RestorePlan>
  /** The folders that earlier restores kept. */
  keptFolders(into: string | undefined): Promise<string[]>
}

export type BackupConfig = Pick<Config, 'dataDir' | 'databaseUrl' | 'backup'>
export type Say = (line: string) => void

export function openBackups(config: BackupConfig, say: Say): Backups {
  const { databaseUrl } = config
  if (databaseUrl === undefined) return embeddedBackups(config, say)
  return pgbackrestBackups({ ...config, databaseUrl }, say)
}
