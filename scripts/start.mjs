import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
// A closed terminal must not end the start script before its children.
process.stdout.on('error', () => {})
process.stderr.on('error', () => {})
const { start } = await import('./lib/start.mjs')
const { report } = await import('./lib/problem.mjs')

process.exit(await start().catch(report))
