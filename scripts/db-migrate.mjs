import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { databaseCommand } = await import('./lib/database-command.mjs')

process.exit(
  await databaseCommand({
    help: `npm run db:migrate

Applies the migrations that wait, each whole or not at all, one process at a time. The panel does
the same when it starts; this is for who wants to do it before. A database that is missing is made.
Where the server allows it, a restore point is made before and its name printed: docs/database.md
says how to go back to it.`,
    create: true,
    async run({ database, panel, say, log }) {
      const { migrate } = await panel('db/migrate.js')
      say(database.where)
      const { applied } = await migrate({ url: database.url, log })
      say(
        applied.length === 0
          ? 'Nothing waits: the database is that of this release.'
          : `Applied ${applied.length} of ${applied.length}. Next: npm start, or npm run db:seed.`
      )
      return 0
    }
  })
)
