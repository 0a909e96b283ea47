import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { runInWorld } = await import('./lib/in-world.mjs')
const { report } = await import('./lib/problem.mjs')

const args = process.argv.slice(2)
const isHelp = args.includes('--help') || args.includes('-h')
const program = {
  name: 'bench',
  file: 'packages/e2e/bench/main.ts',
  args,
  isHelp,
  withBrowser: true
}
process.exit(await runInWorld(program).catch(report))
