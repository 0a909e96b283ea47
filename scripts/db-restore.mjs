import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { databaseCommand } = await import('./lib/database-command.mjs')

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
      const { restoreDatabase } = await panel('db/backup/restore-command.js')
      const next = `Next: start ${config.databaseUrl ? 'PostgreSQL, then ' : ''}the panel, look at npm run db:status,
and make a new backup: npm run db:backup -- --type full
When the old folder is not needed any more: npm run db:restore -- --remove-old --yes`
      await restoreDatabase(openBackups(config, say), values, { say, next })
      return 0
    }
  })
)
