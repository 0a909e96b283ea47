import { parseArgs } from 'node:util'
import { build, tool } from './build-steps.mjs'
import { isOn } from './environment.mjs'
import { checkModel, ensureSpin } from './model.mjs'
import { createProgress } from './progress.mjs'
import { run } from './run.mjs'
import { watchStopSignals } from './stop-signals.mjs'
import { createTally } from './tally.mjs'
import {
  allTests,
  namedTests,
  needsBrowser,
  needsDebian,
  needsDocker,
  needsPgbackrest
} from './test-files.mjs'
import { prepareTestWorld } from './test-world.mjs'

const help = `npm test                      everything: lint, types, unused code, tests, the link's model
npm test -- FILE…             only these test files or folders, against the same real parts

Sets up what is missing (from npm and from Debian's packages: Docker, game images, an image registry,
Chromium, pgBackRest, spin). NO_SYSTEM_PACKAGES=1 or --no-system-packages keeps it from installing packages;
tests that need them are then skipped, and it says why. The last line is: N passed, N failed, N skipped
`

/** The whole of `npm test`; returns the exit code. */
export async function test() {
  const options = { help: { type: 'boolean' }, 'no-system-packages': { type: 'boolean' } }
  const { values, positionals } = parseArgs({ options, allowPositionals: true })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const files = positionals.length > 0 ? namedTests(positionals) : allTests()
  const { say, step } = createProgress()
  const signal = watchStopSignals({
    onFirst: () => say('Stopping the tests.'),
    onForce: () => process.exit(130)
  })
  const packagesAllowed = !values['no-system-packages'] && !isOn('NO_SYSTEM_PACKAGES')
  const context = { say, step, signal, packagesAllowed, tally: createTally(say) }
  const since = Date.now()

  const isBuilt = await tryBuild(context)
  if (isBuilt && positionals.length === 0) await checkSources(context)
  if (isBuilt) await runFiles(files, context)
  if (isBuilt && positionals.length === 0) await searchModel(context)

  if (signal.aborted) return 130
  say(`\nAfter ${((Date.now() - since) / 1000).toFixed(0)} s:`)
  context.tally.report()
  return context.tally.anyFailed() ? 1 : 0
}

/** Without a build nothing else can be said. */
async function tryBuild({ tally, ...context }) {
  await tally.measure('build', () => build(context))
  return !tally.anyFailed()
}

async function checkSources({ tally, signal }) {
  const check = (title, command, ...args) =>
    tally.measure(title, () => run(tool(command), args, { what: title, signal }))
  await check('lint', 'biome', 'check', '.')
  await check('types of the tests', 'tsc', '-b')
  await check('unused code', 'knip')
}

async function runFiles(files, context) {
  const { say, tally, signal } = context
  const world = await prepareTestWorld(context, {
    withBrowser: files.some(needsBrowser),
    withDebian: files.some(needsDebian),
    withPgbackrest: files.some(needsPgbackrest)
  })
  try {
    if (world.missing) say(`Without Docker's part of the tests: ${world.missing}`)
    if (world.browserMissing)
      say(`Without the browser's part of the tests: ${world.browserMissing}`)
    if (world.debianMissing) say(`Without the games of Debian's: ${world.debianMissing}`)
    if (world.pgbackrestMissing)
      say(`Without pgBackRest's part of the tests: ${world.pgbackrestMissing}`)
    const reasonFor = file =>
      (needsDocker(file) && world.missing) ||
      (needsBrowser(file) && world.browserMissing) ||
      (needsDebian(file) && world.debianMissing)
    const skipped = files.filter(reasonFor)
    for (const file of skipped) tally.skip(file, reasonFor(file))
    const runnable = files.filter(file => !skipped.includes(file))
    // It reads tap's output with a package that the build has only just installed.
    const { runTap } = await import('./run-tap.mjs')
    if (runnable.length > 0) await runTap(runnable, { env: world.env, tally, say, signal })
  } finally {
    await world.stop()
  }
}

async function searchModel(context) {
  const { say, tally, signal } = context
  if (signal.aborted) return
  const obstacle = await ensureSpin(context)
  if (obstacle) return tally.skip('the model of the link', obstacle)
  await checkModel({
    signal,
    onResult({ title, ok, reason, states, ms }) {
      const size = `${states.toLocaleString('en')} states, ${(ms / 1000).toFixed(1)} s`
      say(`${ok ? 'ok     ' : 'FAILED '} model: ${title} (${size})${ok ? '' : `: ${reason}`}`)
      if (ok) tally.pass()
      else tally.fail(`model: ${title}`, reason)
    }
  })
}
