import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { register } from 'tsx/esm/api'
import { checkNodeVersion } from './lib/node-version.mjs'
import { problem, report } from './lib/problem.mjs'

checkNodeVersion()
const usage = `npm run db:migration NAME

Writes the migration that leads from prisma/migrations to prisma/schema.prisma into a new folder.
NAME says what changes, in small letters: npm run db:migration add_server_tags

What would lock a large table, or break the release before, is named; a line "-- locks: REASON" or
"-- breaks: REASON" right before the statement says that it is meant. docs/database.md tells how to
go without.`

/** From the TypeScript sources: a migration is written before the change compiles. */
async function writeMigration(name) {
  register()
  const { startEmbeddedPostgres } = await import('../packages/panel/src/db/embedded.ts')
  const { openSchemaEngine } = await import('../packages/panel/src/db/engine/engine.ts')
  const { prismaFolder, readMigrations } = await import(
    '../packages/panel/src/db/migrations-folder.ts'
  )
  const migrationsDir = join(prismaFolder, 'migrations')
  const temporary = await mkdtemp(join(tmpdir(), 'ctrl-alt-play-migration-'))
  const silent = { info() {}, warn() {}, error() {} }
  const server = await startEmbeddedPostgres({
    dir: join(temporary, 'postgres'),
    settings: { fsync: 'off' },
    log: silent
  })
  try {
    const schema = await readFile(join(prismaFolder, 'schema.prisma'), 'utf8')
    const engine = await openSchemaEngine(server.url, schema)
    const sql = await engine.diff(await readMigrations(migrationsDir)).finally(engine.close)
    if (sql === '') return undefined
    const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)
    const folder = join(migrationsDir, `${stamp}_${name}`)
    const text = `${sql.replaceAll(/^(BEGIN|COMMIT);\n/gm, '')}\n`
    await mkdir(folder)
    await writeFile(join(folder, 'migration.sql'), text)
    const { findingText, lintMigration } = await import(
      '../packages/panel/src/db/migration-lint.ts'
    )
    return { folder, findings: lintMigration(text).map(findingText) }
  } finally {
    await server.stop()
    await rm(temporary, { recursive: true })
  }
}

async function main() {
  const [name = ''] = process.argv.slice(2)
  if (['', '-h', '--help'].includes(name)) return `${usage}\n`
  if (!/^[a-z][a-z0-9_]{2,60}$/.test(name)) {
    throw problem(`"${name}" is no name for a migration: small letters, digits and _ only.`)
  }
  const written = await writeMigration(name)
  if (!written) return 'The migrations and schema.prisma agree: there is nothing to write.\n'
  const { folder, findings } = written
  const hazards =
    findings.length > 0 ? `\nA test refuses it as it is:\n${findings.join('\n')}\n` : ''
  return `${folder}/migration.sql is written. Read it, and change it so that no row is lost;
it runs as one transaction. Then: npx prisma generate, and commit both.\n${hazards}`
}

try {
  process.stdout.write(await main())
} catch (error) {
  process.exitCode = report(error)
}
