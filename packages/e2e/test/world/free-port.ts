import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Below those that the kernel gives to outgoing connections: one of these may come between two runs of a game. */
const [FIRST, LAST] = [12_000, 32_000]
const folder = join(tmpdir(), 'ctrl-alt-play-test-ports')

/**
 * One that nobody listens on, and that nobody else is given while this process lives: a panel keeps ports for
 * its servers although nobody listens there yet.
 */
export async function freePort(): Promise<number> {
  mkdirSync(folder, { recursive: true })
  for (let tries = 0; tries < 1_000; tries++) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST))
    if (take(port) && (await isUnused(port))) return port
  }
  throw new Error(`no port is left from ${FIRST} to ${LAST}`)
}

function take(port: number): boolean {
  const file = join(folder, String(port))
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch {
    if (isAlive(file)) return false
    unlinkSync(file)
    return take(port)
  }
}

function isAlive(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0)
    return true
  } catch {
    return false
  }
}

function isUnused(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '0.0.0.0', () => probe.close(() => resolve(true)))
  })
}
