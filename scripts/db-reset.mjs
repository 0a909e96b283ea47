import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { databaseCommand } = await import('./lib/database-command.mjs')
const { environment } = await import('./lib/environment.mjs')
const { problem } = await import('./lib/problem.mjs')

process.exit(
  await databaseCommand({
    help: `npm run db:reset [-- --yes]

For development: deletes everything in the database and applies all migrations anew. Without --yes it
only says what would be deleted. It refuses while a panel uses the database, and in production
(NODE_ENV is production, or PUBLIC_URL is set). Extensions and the database itself stay.`,
    options: { yes: { type: 'boolean' } },
    async run({ database, values, config, panel, say }) {
      const reset = await panel('db/reset-database.js')
      const { NODE_ENV: nodeEnv } = environment
      const refusal = reset.resetRefusal({ nodeEnv, publicUrl: config.publicUrl })
      if (refusal) throw problem(refusal)
      say(reset.resetText(database.where, await reset.planReset(database.url)))
      if (!values.yes) {
        throw problem('Nothing was deleted. If that is meant: npm run db:reset -- --yes')
      }
      const { applied } = await reset.resetDatabase(database.url)
      say(
        `Deleted, and made anew by ${applied.length} migrations. Next: npm run db:seed, or npm start.`
      )
      return 0
    }
  })
)
