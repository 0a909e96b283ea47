import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { build } = await import('./lib/build-steps.mjs')
const { createProgress } = await import('./lib/progress.mjs')
const { report } = await import('./lib/problem.mjs')

await build(createProgress()).catch(error => {
  process.exitCode = report(error)
})
