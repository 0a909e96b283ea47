import { rm } from 'node:fs/promises'
import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { databaseCommand } = await import('./lib/database-command.mjs')
const { problem } = await import('./lib/problem.mjs')

process.exit(
  await databaseCommand({
    help: `npm run db:restore [-- --to TIME] [--yes]

Puts the database back to what it was. Without --yes it says what it would do, and does nothing.
Stop the panel first, and PostgreSQL if it is one of your own: it refuses while one runs.
The backup is restored into a new folder beside, opened there where nobody else can reach it, and
read. Only then the folders are swapped; the old one is kept.

  --to TIME         a moment such as 2026-11-26T08:20:00Z (without a zone: of this machine).
                    Without it: as much as there is. The built-in database goes back to the last
                    backup before that moment.
  --yes             do it
  --into FOLDER     where the data folder of a PostgreSQL of your own is to stand, on a machine
                    where db:backup never ran. BACKUP_DIR and BACKUP_PASSPHRASE_FILE must be there.
  --repository 2    from BACKUP_LONG_TERM_DIR
  --remove-old      removes what earlier restores kept; with --yes`,
    options: {
      to: { type: 'string' },
      into: { type: 'string' },
      repository: { type: 'string' },
      yes: { type: 'boolean' },
      'remove-old': { type: 'boolean' }
    },
    reach: false,
    async run({ values, config, panel, say }) {
      const { openBackups } = await panel('db/backup/backups.js')
      const backups = openBackups(config, say)
      if (values['remove-old']) return await removeOld(backups, values, say)
      const plan = await backups.planRestore({
        to: readTime(values.to),
        into: values.into,
        repository: readRepository(values.repository)
      })
      say(plan.text)
      if (!values.yes) throw problem('Nothing was changed. If that is meant, add --yes.')
      const kept = await plan.execute()
      say(kept ? `Done. The old folder is kept: ${kept}` : 'Done.')
      say(`Next: start ${config.databaseUrl ? 'PostgreSQL, then ' : ''}the panel, look at npm run db:status,
and make a new backup: npm run db:backup -- --type full
When the old folder is not needed any more: npm run db:restore -- --remove-old --yes`)
      return 0
    }
  })
)

function readTime(text) {
  if (text === undefined) return undefined
  const time = new Date(text)
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text) || Number.isNaN(time.getTime())) {
    throw problem(`"${text}" is no moment: write it as 2026-11-26T08:20:00Z.`)
  }
  if (time > new Date()) throw problem(`${time.toISOString()} is still to come.`)
  return time
}

function readRepository(text) {
  if (text === undefined) return undefined
  if (!['1', '2'].includes(text)) throw problem('--repository is 1 or 2.')
  return Number(text)
}

async function removeOld(backups, { into, yes }, say) {
  const folders = await backups.keptFolders(into)
  if (folders.length === 0) say('No restore has kept anything.')
  for (const folder of folders) say(folder)
  if (folders.length > 0 && !yes) throw problem('Nothing was removed. If that is meant, add --yes.')
  for (const folder of folders) await rm(folder, { recursive: true })
  if (folders.length > 0) say('Removed.')
  return 0
}
