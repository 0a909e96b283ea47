import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { postgresEnvironment } from './binaries.ts'
import type { Cluster } from './cluster.ts'
import { endPostgres, poll, readPostmaster } from './process.ts'

/** Long enough for the recovery after a power cut. */
export const READY_MS = 120_000
const MAX_LOG_BYTES = 1024 * 1024

/** Resolves when the server takes connections; to false when the port went to another program. */
export async function launch(cluster: Cluster, port: number): Promise<boolean> {
  const { dataDir, logFile } = cluster
  const output = await openLog(logFile)
  const logStart = (await output.stat()).size
  const ended = endOf(spawnServer(cluster, port, output.fd))
  await output.close()

  const inTime = await poll(
    async () => ended.reason !== undefined || (await readPostmaster(dataDir))?.ready === true,
    READY_MS
  )
  if (inTime && ended.reason === undefined) return true
  const said = (await readFile(logFile)).subarray(logStart).toString()
  if (said.includes('Address already in use')) return false
  await endPostgres(dataDir, 0)
  const reason = lastFatal(said) ?? ended.reason ?? 'it was not ready in time'
  throw new Error(`The built-in PostgreSQL did not start: ${reason}. Its log is ${logFile}.`)
}

async function openLog(logFile: string) {
  const { size } = await stat(logFile).catch(() => ({ size: 0 }))
  if (size > MAX_LOG_BYTES) await rename(logFile, `${logFile}.1`)
  return open(logFile, 'a', 0o600)
}

function spawnServer(cluster: Cluster, port: number, output: number): ChildProcess {
  const { user, binaries, dataDir } = cluster
  const settings = Object.entries(cluster.settings).flatMap(pair => ['-c', pair.join('=')])
  const server = [binaries.postgres, '-D', dataDir, '-p', String(port), ...settings]
  const [file = '', ...args] = [...user.prefix, ...server]
  const child = spawn(file, args, {
    ...user.spawn,
    cwd: '/',
    // A session of its own: Ctrl-C on the terminal reaches the panel alone, which stops it in order.
    detached: true,
    env: postgresEnvironment,
    stdio: ['ignore', output, output]
  })
  child.unref()
  return child
}

function endOf(child: ChildProcess): { reason?: string } {
  const ended: { reason?: string } = {}
  child.once('error', err => {
    ended.reason = err.message
  })
  child.once('exit', (code, signal) => {
    ended.reason = `it ended with ${signal ?? `code ${code}`}`
  })
  return ended
}

function lastFatal(said: string): string | undefined {
  const lines = said.split('\n').filter(line => line.includes('FATAL:'))
  return lines.at(-1)?.split('FATAL:').at(-1)?.trim()
}
