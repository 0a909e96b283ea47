import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { installPackages, which, whyNoApt } from './apt.mjs'
import { build, tool } from './build-steps.mjs'
import { environment, isOn, root } from './environment.mjs'
import { problem } from './problem.mjs'
import { createProgress } from './progress.mjs'
import { watchStopSignals } from './stop-signals.mjs'
import { startDatabase } from './test-world.mjs'

const judges = ['wapiti', 'sqlmap']

/** Builds, gets the judges and a PostgreSQL, and lets them at a panel; returns the exit code. */
export async function runJudges(args) {
  const { say, step } = createProgress()
  const signal = watchStopSignals({
    onFirst: () => say('Stopping the judges.'),
    onForce: () => process.exit(130)
  })
  const packagesAllowed = !isOn('NO_SYSTEM_PACKAGES')
  const context = { say, step, signal, packagesAllowed }
  await build(context)
  if (args.some(arg => arg === '--help' || arg === '-h')) return run(args, {})
  await ensureJudges(context)
  const database = await step('Starting PostgreSQL for the judges', startDatabase)
  try {
    return await run(args, { env: { TEST_DATABASE_URL: database.url }, signal })
  } finally {
    await database.stop()
  }
}

/** Throws, in a sentence, when they cannot be had. */
async function ensureJudges({ step, signal, packagesAllowed }) {
  const missing = judges.filter(name => !which(name))
  if (missing.length === 0) return
  const names = missing.join(' and ')
  const obstacle = whyNoApt(packagesAllowed)
  if (obstacle) throw problem(`${names}, from Debian, are not here and ${obstacle}.`)
  await step(`Installing ${names}`, () => installPackages(missing, { signal }))
}

async function run(args, { env, signal }) {
  const file = 'packages/e2e/judges/main.ts'
  const options = { cwd: root, env: { ...environment, ...env }, stdio: 'inherit' }
  const child = spawn(tool('tsx'), [file, ...args], options)
  // It ends its judges itself.
  signal?.addEventListener('abort', () => child.kill('SIGTERM'))
  const [code] = await once(child, 'exit')
  return code ?? 1
}
