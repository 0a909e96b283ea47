import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { existsSync } = await import('node:fs')
const { join } = await import('node:path')
const { spawnSync } = await import('node:child_process')
const { build } = await import('./lib/build-steps.mjs')
const { createProgress } = await import('./lib/progress.mjs')
const { problem, report } = await import('./lib/problem.mjs')
const { root } = await import('./lib/environment.mjs')

/** Builds, then measures; never part of the tests. Arguments go on to the measurement. */
async function bench() {
  const script = join(root, 'packages/e2e/bench/main.mjs')
  if (!existsSync(script)) throw problem(`There is nothing to measure with: ${script} is missing.`)
  await build(createProgress())
  const { status } = spawnSync(process.execPath, [script, ...process.argv.slice(2)], {
    cwd: root,
    stdio: 'inherit'
  })
  return status ?? 1
}

process.exit(await bench().catch(report))
