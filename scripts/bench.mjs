import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { spawn } = await import('node:child_process')
const { once } = await import('node:events')
const { build, tool } = await import('./lib/build-steps.mjs')
const { environment, root } = await import('./lib/environment.mjs')
const { problem, report } = await import('./lib/problem.mjs')
const { createProgress } = await import('./lib/progress.mjs')
const { watchStopSignals } = await import('./lib/stop-signals.mjs')
const { prepareTestWorld } = await import('./lib/test-world.mjs')

/** Builds, then measures against the same real parts as the tests; never part of them. */
async function bench(args) {
  const { say, step } = createProgress()
  const signal = watchStopSignals({
    onFirst: () => say('Stopping the bench.'),
    onForce: () => process.exit(130)
  })
  const context = { say, step, signal, packagesAllowed: true }
  await build(context)
  const world = await prepareTestWorld(context)
  try {
    if (world.missing) throw problem(`The bench needs Docker: ${world.missing}`)
    const measurement = spawn(tool('tsx'), ['packages/e2e/bench/main.ts', ...args], {
      cwd: root,
      env: { ...environment, ...world.env },
      stdio: 'inherit',
      signal
    })
    const [code] = await once(measurement, 'exit')
    return code ?? 1
  } finally {
    await world.stop()
  }
}

process.exit(await bench(process.argv.slice(2)).catch(report))
