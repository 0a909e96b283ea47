import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commandLine, isAlive, until } from './processes.mjs'

const graceMs = 20_000

/** Ends the embedded PostgreSQL of a panel that was killed and could not do it itself. */
export async function endLeftDatabase(dataDir) {
  const folder = join(dataDir, 'postgres', 'data')
  const text = await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(text.split('\n')[0])
  if (!pid || !isAlive(pid) || !(await commandLine(pid)).includes(folder)) return
  // To PostgreSQL this means: end the sessions, write everything, stop.
  process.kill(pid, 'SIGINT')
  await until(() => !isAlive(pid), { timeoutMs: graceMs })
}
