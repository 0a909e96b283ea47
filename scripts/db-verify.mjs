import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { databaseCommand } = await import('./lib/database-command.mjs')

process.exit(
  await databaseCommand({
    help: `npm run db:verify

Reads all backups whole and compares them with their checksums; it changes nothing. With pgBackRest
it also looks for pieces of archived WAL that are missing in between; backups of the built-in
database are unpacked, opened and read. The exit code is 0 only when every place has a backup and
nothing is damaged. That a backup can be restored is shown by restoring it: npm run db:drill.`,
    reach: false,
    async run({ config, panel, say }) {
      const { openBackups } = await panel('db/backup/backups.js')
      const problems = await openBackups(config, say).verify()
      for (const line of problems) process.stderr.write(`${line}\n`)
      if (problems.length === 0) return 0
      process.stderr.write(
        'Not everything can be restored. Make a new backup (npm run db:backup -- --type full), then look at the disk.\n'
      )
      return 1
    }
  })
)
