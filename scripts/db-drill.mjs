import { parseArgs } from 'node:util'
import { build } from './lib/build-steps.mjs'
import { checkNodeVersion } from './lib/node-version.mjs'
import { report } from './lib/problem.mjs'
import { createProgress } from './lib/progress.mjs'

checkNodeVersion()
const { drill } = await import('./lib/drill.mjs')

const help = `npm run db:drill [-- --pgbackrest]

The disaster drill, on a database of its own that is gone afterwards: nothing of yours is touched.
Rows are written and backed up, then all are destroyed and others written, and the database is
restored by the same commands that you would type. It ends with "recovered N of N rows".

  --pgbackrest    with Debian's PostgreSQL and pgBackRest, to a moment between two backups, instead
                  of the built-in database
  --keep FOLDER   everything stays in this new folder, PostgreSQL running, the settings in its file
                  "environment"
`

async function main() {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h' },
      pgbackrest: { type: 'boolean', default: false },
      keep: { type: 'string' }
    }
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const { say, step } = createProgress()
  await build({ say, step })
  const { wanted, found, foreign } = await drill({
    withPgbackrest: values.pgbackrest,
    keep: values.keep,
    say
  })
  if (foreign > 0) say(`${foreign} rows are there that must not be.`)
  say(`recovered ${found} of ${wanted} rows`)
  return found === wanted && foreign === 0 ? 0 : 1
}

process.exit(await main().catch(report))
