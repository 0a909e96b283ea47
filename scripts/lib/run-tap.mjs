import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { tool } from './build-steps.mjs'
import { cacheDir, environment, root } from './environment.mjs'
import { createTapReader } from './tap-results.mjs'

const deadlineMs = 18 * 60_000

/** Runs the test files under tap; says each file with its time and counts into the tally. */
export async function runTap(files, { env, tally, say, signal }) {
  const folder = join(cacheDir, 'test')
  mkdirSync(folder, { recursive: true })
  const raw = createWriteStream(join(folder, 'tap.log'))
  const errors = createWriteStream(join(folder, 'stderr.log'))
  const child = spawn(tool('tap'), ['run', '--reporter=tap', ...files], {
    cwd: root,
    env: { ...environment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGTERM'
  })
  const seen = { failures: 0 }
  const reader = createTapReader(file => {
    tally.pass(file.passed)
    for (const title of file.failures) tally.fail(title)
    for (const { title, reason } of file.skips) tally.skip(title, reason)
    seen.failures += file.failures.length
    say(fileLine(file))
    if (file.failures.length > 0) say(file.details)
  })
  child.stdout.setEncoding('utf8').on('data', chunk => {
    raw.write(chunk)
    reader.write(chunk)
  })
  child.stderr.pipe(errors)
  const timer = setTimeout(() => child.kill('SIGTERM'), deadlineMs)
  const [code, killedBy] = await once(child, 'close').catch(error => [error.message])
  clearTimeout(timer)
  reader.end()
  raw.end()
  if (code !== 0 && seen.failures === 0)
    tally.fail(`tap ended with ${killedBy ?? `exit code ${code}`} although no test had failed`)
  if (code !== 0) say(`What the tests wrote is in ${folder}/tap.log and stderr.log.`)
}

function fileLine({ name, ms, passed, failures, skips }) {
  const verdict = failures.length > 0 ? 'FAILED ' : 'ok     '
  const counts = [`${passed} passed`]
  if (failures.length > 0) counts.push(`${failures.length} failed`)
  if (skips.length > 0) counts.push(`${skips.length} skipped`)
  return `${verdict} ${name}: ${counts.join(', ')} (${(ms / 1000).toFixed(1)} s)`
}
