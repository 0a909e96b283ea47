import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { databaseCommand } = await import('./lib/database-command.mjs')
const { problem } = await import('./lib/problem.mjs')

process.exit(
  await databaseCommand({
    help: `npm run db:backup [-- --type full|diff]

Makes a backup while the panel runs, and removes those that no day of the last BACKUP_DAYS needs.
Let it run once a day: docs/database.md has a timer for systemd.

  --type full   everything, in both places; without it that is done every 7 days, and every 30 days
                in BACKUP_LONG_TERM_DIR
  --type diff   what changed since the last full one

A PostgreSQL of your own: pgBackRest does it, encrypted with BACKUP_PASSPHRASE_FILE, on the machine
of the database, as root or as the user who runs PostgreSQL. The first time this writes
BACKUP_CONFIG_FILE, and tells PostgreSQL (or you) to archive its WAL, which takes one restart.
From then on the database can be put back to any moment.

The built-in database: PostgreSQL writes a whole copy with checksums. It is always a full one, leads
back to the moment of the backup, and is as readable as the database is: mind the folder.`,
    options: { type: { type: 'string' } },
    reach: false,
    async run({ values, config, panel, say }) {
      const { type } = values
      if (type !== undefined && type !== 'full' && type !== 'diff') {
        throw problem(`--type is full or diff, and not ${type}.`)
      }
      const { openBackups } = await panel('db/backup/backups.js')
      await openBackups(config, say).backUp(type)
      say('Now and then: npm run db:verify')
      return 0
    }
  })
)
