import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { build, tool } from './build-steps.mjs'
import { environment, root } from './environment.mjs'
import { problem } from './problem.mjs'
import { createProgress } from './progress.mjs'
import { watchStopSignals } from './stop-signals.mjs'
import { prepareTestWorld } from './test-world.mjs'

/**
 * Builds, then runs a TypeScript program against the same real parts as the tests; returns its exit code.
 * `isHelp`: it will only say something, and needs none of them; `withBrowser`: Chromium, where it can be had.
 */
export async function runInWorld({ name, file, args, isHelp = false, withBrowser = false }) {
  const { say, step } = createProgress()
  const signal = watchStopSignals({
    onFirst: () => say(`Stopping the ${name}.`),
    onForce: () => process.exit(130)
  })
  const context = { say, step, signal, packagesAllowed: true }
  await build(context)
  if (isHelp) return run(file, args, { signal })
  const world = await prepareTestWorld(context, { withBrowser })
  try {
    if (world.missing) throw problem(`The ${name} needs Docker: ${world.missing}`)
    return await run(file, args, { env: world.env, signal })
  } finally {
    await world.stop()
  }
}

async function run(file, args, { env, signal }) {
  const options = { cwd: root, env: { ...environment, ...env }, stdio: 'inherit', signal }
  const [code] = await once(spawn(tool('tsx'), [file, ...args], options), 'exit')
  return code ?? 1
}
