import { renameSync, writeFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { takeLock } from './lock.mjs'
import { problem } from './problem.mjs'
import { commandLine, endProcess, isAlive } from './processes.mjs'

/**
 * Makes this process the only one that runs a panel on DATA_DIR, and ends what a killed start left
 * behind. Returns { note(name, pid), release() }; a noted process is looked for at the next start.
 */
export async function ownDataDir(dataDir, { say }) {
  const release = await takeLock(join(dataDir, 'start.lock'), {
    waitMs: 3000,
    busyMessage: pid =>
      `Ctrl-Alt-Play already runs on ${dataDir} (process ${pid}). Stop it first, or give this one a DATA_DIR of its own.`
  }).catch(error => {
    throw error.isProblem
      ? error
      : problem(`DATA_DIR ${dataDir} cannot be locked: ${error.message}`)
  })
  const file = join(dataDir, 'processes.json')
  const noted = JSON.parse(await readFile(file, 'utf8').catch(() => '{}'))
  await Promise.all(Object.values(noted).map(({ pid, script }) => endLeftover(pid, script, say)))

  const current = {}
  return {
    note(name, pid, script) {
      current[name] = { pid, script }
      writeFileSync(`${file}.new`, `${JSON.stringify(current, null, 2)}\n`)
      renameSync(`${file}.new`, file)
    },
    async release() {
      await rm(file, { force: true })
      release()
    }
  }
}

/** Process ids are used again: only one that still runs our script is ended. */
async function endLeftover(pid, script, say) {
  if (!isAlive(pid) || !(await commandLine(pid)).includes(script)) return
  say(`Ending process ${pid}, which an earlier start left behind.`)
  await endProcess(pid, 20_000)
}
