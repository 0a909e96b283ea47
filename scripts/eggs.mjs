import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { report } = await import('./lib/problem.mjs')
const { runEggs } = await import('./lib/eggs.mjs')

process.exit(await runEggs(process.argv.slice(2)).catch(report))
