import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Config, loadConfig } from './config.ts'
import { serveBackups } from './db/backup/backup-service.ts'
import { type BackupKind, openBackups } from './db/backup/backups.ts'
import { restoreDatabase, restoreOptions } from './db/backup/restore-command.ts'

const help = `What the backup container of docker-compose.yml runs. Without a command: a backup each day, verified.

  backup [--type full|diff]   one now
  verify                      reads all of them
  restore [--to TIME] [--repository 2] [--yes]
  restore --remove-old --yes

docs/production.md goes through a restore step by step.
`
const next = `Next: docker compose up -d, and then a new backup:
docker compose exec backup ctrl-alt-play-backup backup --type full
When the old folder is not needed any more: docker compose run --rm backup ctrl-alt-play-backup restore --remove-old --yes`

const say = (line: string): void => void process.stdout.write(`${line}\n`)

try {
  const { positionals, values } = readArguments()
  if (values.help) process.stdout.write(help)
  else await run(loadConfig(), positionals[0] ?? 'serve', values)
} catch (err) {
  process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`)
  process.exitCode = 1
}

function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: { ...restoreOptions, type: { type: 'string' }, help: { type: 'boolean', short: 'h' } }
  })
}

type Values = ReturnType<typeof readArguments>['values']

async function run(config: Config, command: string, values: Values): Promise<void> {
  const backups = openBackups(config, say)
  if (command === 'backup') return await backups.backUp(kindOf(values.type))
  if (command === 'restore') return await restoreDatabase(backups, values, { say, next })
  if (command === 'verify') {
    const problems = await backups.verify()
    if (problems.length > 0) throw new Error(problems.join('\n'))
  } else if (command === 'serve') {
    const stop = new AbortController()
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stop.abort())
    const verifiedFile = join(config.backup.dir ?? '/var/lib/pgbackrest', 'verified')
    await serveBackups({ backups, verifiedFile, say }, stop.signal)
  } else {
    throw new Error(`There is no command ${command}: see --help.`)
  }
}

function kindOf(type: string | undefined): BackupKind | undefined {
  if (type === undefined || type === 'full' || type === 'diff') return type
  throw new Error(`--type is full or diff, and not ${type}.`)
}
