import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { runInWorld } = await import('./lib/in-world.mjs')
const { report } = await import('./lib/problem.mjs')

const args = process.argv.slice(2)
const isHelp = args.length === 0 || args.includes('--help')
const program = { name: 'chaos', file: 'packages/e2e/chaos/main.ts', args, isHelp }
process.exit(await runInWorld(program).catch(report))
