import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { tool } from './build-steps.mjs'
import { cacheDir, environment, root } from './environment.mjs'
import { createTapReader } from './tap-results.mjs'

const testLoader = `--import=${new URL('test-loader.mjs', import.meta.url)}`
const deadlineMs = 26 * 60_000
const shownErrorLines = 40

/**
 * Runs the test files under tap; says each file with its time and counts into the tally. A file that
 * runs into its timeout ends tap altogether: those that had no turn are run again, and one that
 * never gets a result is a failure.
 */
export async function runTap(files, { env, tally, say, signal }) {
  const folder = join(cacheDir, 'test')
  mkdirSync(folder, { recursive: true })
  const logs = { raw: openLog(folder, 'tap.log'), errors: openLog(folder, 'stderr.log') }
  const end = Date.now() + deadlineMs
  const open = new Set(files)
  const seen = { failures: 0, otherPoints: [] }

  const onFile = (file, lastErrors) => {
    if (!open.delete(file.name)) {
      seen.otherPoints.push(...file.failures)
      return
    }
    tally.pass(file.passed)
    // A process that fell over says why on stderr alone.
    const details = file.isCut
      ? `${file.details}\n  stderr until then:\n${indented(lastErrors())}`
      : file.details
    for (const [index, title] of file.failures.entries())
      tally.fail(title, index === 0 ? details : '')
    for (const { title, reason } of file.skips) tally.skip(title, reason)
    seen.failures += file.failures.length
    say(fileLine(file))
    if (file.failures.length > 0) say(details)
  }

  for (let before = Infinity; open.size > 0 && open.size < before && Date.now() < end; ) {
    before = open.size
    if (signal.aborted) return
    const outcome = await tapOnce([...open], {
      env,
      signal,
      logs,
      onFile,
      timeoutMs: end - Date.now()
    })
    if (outcome.code !== 0 && seen.failures === 0 && open.size === 0)
      tally.fail(
        `tap ended with ${outcome.code}: ${seen.otherPoints.join(', ') || 'no reason given'}`
      )
    if (outcome.code !== 0 && outcome.errors)
      say(`The end of what the tests wrote to stderr:\n${outcome.errors}`)
  }
  for (const file of open) tally.fail(`${file} as a whole`, 'it was not run to its end')
  if (seen.failures > 0 || open.size > 0) say(`All that the tests wrote is in ${folder}.`)
  for (const log of Object.values(logs)) log.end()
}

const openLog = (folder, name) => createWriteStream(join(folder, name))

async function tapOnce(files, { env, signal, logs, onFile, timeoutMs }) {
  const child = spawn(tool('tap'), ['run', '--reporter=tap', ...files], {
    cwd: root,
    env: { ...environment, ...env, NODE_OPTIONS: testLoader },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal
  })
  let errors = ''
  const lastErrors = () => errors.trimEnd().split('\n').slice(-shownErrorLines).join('\n')
  const reader = createTapReader(file => onFile(file, lastErrors))
  child.stdout.setEncoding('utf8').on('data', chunk => {
    logs.raw.write(chunk)
    reader.write(chunk)
  })
  child.stderr.setEncoding('utf8').on('data', chunk => {
    logs.errors.write(chunk)
    errors = (errors + chunk).slice(-64_000)
  })
  const timer = setTimeout(() => child.kill('SIGTERM'), timeoutMs)
  const [code, killedBy] = await once(child, 'close').catch(error => [error.message])
  clearTimeout(timer)
  reader.end()
  return { code: killedBy ?? code, errors: lastErrors() }
}

const indented = text => text.replaceAll(/^/gm, '    ')

function fileLine({ name, ms, passed, failures, skips }) {
  const verdict = failures.length > 0 ? 'FAILED ' : 'ok     '
  const counts = [`${passed} passed`]
  if (failures.length > 0) counts.push(`${failures.length} failed`)
  if (skips.length > 0) counts.push(`${skips.length} skipped`)
  return `${verdict} ${name}: ${counts.join(', ')} (${(ms / 1000).toFixed(1)} s)`
}
