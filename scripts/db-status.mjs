import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { databaseCommand } = await import('./lib/database-command.mjs')

process.exit(
  await databaseCommand({
    help: `npm run db:status

Shows which migrations are applied, which wait and whether one failed, and compares the database
with prisma/schema.prisma. It changes nothing, and may run beside the panel.
The exit code is 0 only when everything is applied and nothing was changed by hand.`,
    async run({ database, panel }) {
      const { databaseStatus, statusText } = await panel('db/database-status.js')
      const status = await databaseStatus({ url: database.url })
      process.stdout.write(statusText(database.where, status))
      return status.upToDate ? 0 : 1
    }
  })
)
