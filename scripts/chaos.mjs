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

const args = process.argv.slice(2)
const isHelp = args.length === 0 || args.includes('--help')

/** Builds, then lets things go wrong in a world of their own; never part of the tests as a whole. */
async function chaos() {
  const { say, step } = createProgress()
  const signal = watchStopSignals({
    onFirst: () => say('Ending the chaos.'),
    onForce: () => process.exit(130)
  })
  const context = { say, step, signal, packagesAllowed: true }
  await build(context)
  if (isHelp) return run({}, signal)
  const world = await prepareTestWorld(context)
  try {
    if (world.missing) throw problem(`Chaos needs Docker: ${world.missing}`)
    return await run(world.env, signal)
  } finally {
    await world.stop()
  }
}

async function run(env, signal) {
  const child = spawn(tool('tsx'), ['packages/e2e/chaos/main.ts', ...args], {
    cwd: root,
    env: { ...environment, ...env },
    stdio: 'inherit',
    signal
  })
  const [code] = await once(child, 'exit')
  return code ?? 1
}

process.exit(await chaos().catch(report))
