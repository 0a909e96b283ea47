import { runSeed } from '../packages/panel/src/db/run-seed.ts'

// The panel seeds by itself when it starts; this is for Prisma's own command line: prisma db seed.
// biome-ignore lint/style/noProcessEnv: a command of its own, outside the panel's config.ts.
const { DATABASE_URL, ADMIN_PASSWORD } = process.env
if (!DATABASE_URL) throw new Error('Set DATABASE_URL to the database that is to be filled.')

const { password } = await runSeed({
  url: DATABASE_URL,
  adminPassword: ADMIN_PASSWORD,
  development: process.argv.includes('--development')
})
if (password) process.stdout.write(`Administrator: admin, one-time password: ${password}\n`)
