import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { build } = await import('./lib/build-steps.mjs')
const { createProgress } = await import('./lib/progress.mjs')
const { report } = await import('./lib/problem.mjs')
const { release } = await import('./lib/release.mjs')

const progress = createProgress()
await build(progress)
  .then(() => release(progress))
  .catch(error => {
    process.exitCode = report(error)
  })
