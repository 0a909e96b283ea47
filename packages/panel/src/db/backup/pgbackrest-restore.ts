import { chown, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { stampOf } from './backup-plan.ts'
import type { Say } from './backups.ts'
import type { Owner, Pgbackrest, PgbackrestBackup } from './pgbackrest.ts'
import { restoreCommand } from './pgbackrest-config.ts'
import { spokenTables } from './read-tables.ts'
import { exists, swapFolder } from './swap-folder.ts'
import { tryRestored } from './trial.ts'

export interface PgbackrestRestore {
  pgbackrest: Pgbackrest
  configFile: string
  databaseUrl: string
  dataDir: string
  owner: Owner
  chosen: PgbackrestBackup
  to: Date | undefined
  say: Say
}

/** Beside, then tried, then swapped; answers where the old folder is kept. A failure leaves it in its place. */
export async function restoreFrom(options: PgbackrestRestore): Promise<string | undefined> {
  const { dataDir, owner, say } = options
  await refuseRunning(dataDir)
  const beside = `${dataDir}.restored-${stampOf(new Date())}`
  await mkdir(beside, { mode: 0o700 })
  if (process.getuid?.() === 0) await chown(beside, owner.uid, owner.gid)
  try {
    await fill(beside, options)
    say(`Restored beside: ${beside}`)
    const { lastTransaction, ...read } = await lookAt(beside, options)
    const last = lastTransaction ? `, the last change is from ${lastTransaction.toISOString()}` : ''
    say(`Opened there: ${spokenTables(read)}${last}.`)
    await refuseRunning(dataDir)
    return await swapFolder(dataDir, beside)
  } catch (err) {
    await rm(beside, { recursive: true, force: true })
    throw err
  }
}

async function fill(beside: string, options: PgbackrestRestore): Promise<void> {
  const { pgbackrest, chosen, to, configFile } = options
  const target = to && ['--type=time', `--target=${targetTime(to)}`, '--target-action=promote']
  await pgbackrest.run([
    ...[`--repo=${chosen.repository}`, `--set=${chosen.label}`, `--pg1-path=${beside}`],
    ...(target ?? []),
    // Its own would name the folder beside, which is gone by the time of the real start.
    `--recovery-option=restore_command=${restoreCommand(configFile)}`,
    'restore'
  ])
}

function lookAt(beside: string, options: PgbackrestRestore) {
  const { username, pathname } = new URL(options.databaseUrl)
  return tryRestored({
    dataDir: beside,
    owner: options.owner,
    restoreCommand: restoreCommand(options.configFile, beside),
    user: decodeURIComponent(username),
    database: decodeURIComponent(pathname.slice(1)),
    hasTarget: options.to !== undefined
  })
}

/** It may run where its processes are not seen, in a container: the file that it leaves is believed. */
async function refuseRunning(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postmaster.pid')
  if (!(await exists(file))) return
  throw new Error(
    `PostgreSQL runs on ${dataDir}: stop panel and PostgreSQL first. If it was ended by force, and is certainly gone, remove ${file}.`
  )
}

/** PostgreSQL wants a zone that it knows. */
const targetTime = (to: Date) => to.toISOString().replace('T', ' ').replace('Z', '+00')
