import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { report } = await import('./lib/problem.mjs')
const { runJudges } = await import('./lib/judges.mjs')

process.exit(await runJudges(process.argv.slice(2)).catch(report))
