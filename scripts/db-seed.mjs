import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { databaseCommand } = await import('./lib/database-command.mjs')

process.exit(
  await databaseCommand({
    help: `npm run db:seed [-- --development]

Fills in what every panel needs: permissions, system roles, the first administrator (ADMIN_USERNAME,
ADMIN_EMAIL, ADMIN_PASSWORD; without a password a one-time one is printed, once) and sample templates.
It may be repeated: what people changed or deleted stays so. The panel does the same when it starts.

  --development   also two users, who share the administrator's password, and a node to try things with`,
    options: { development: { type: 'boolean' } },
    async run({ database, values, config, panel, say }) {
      const { seedDatabase } = await panel('db/seed-database.js')
      const sampleData = values.development ?? config.sampleData
      const admin = await seedDatabase(database.url, { ...config, sampleData })
      if (admin?.password) {
        say(`The administrator ${admin.username} has the one-time password ${admin.password}`)
      }
      say(admin ? 'Seeded.' : 'Seeded; there are users already, so no administrator was made.')
      return 0
    }
  })
)
