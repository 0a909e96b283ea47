import { readFileSync, rmSync, utimesSync } from 'node:fs'
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { problem } from './problem.mjs'
import { isAlive } from './processes.mjs'

const touchMs = 2000
const staleMs = 15_000

/** The process that holds the lock, or undefined when nobody (alive) does. */
async function holderOf(path) {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
    const pid = Number(text)
    const isFresh = Date.now() - mtimeMs < staleMs
    if (!pid) return isFresh ? 0 : undefined
    return isAlive(pid) && isFresh ? pid : undefined
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}

/** One try: creates the lock file, after moving a dead holder's aside. */
async function tryTake(path) {
  const created = () =>
    writeFile(path, String(process.pid), { flag: 'wx' }).then(
      () => true,
      error => {
        if (error.code === 'EEXIST') return false
        throw error
      }
    )
  if (await created()) return true
  if ((await holderOf(path)) !== undefined) return false
  const aside = `${path}.${process.pid}`
  await rename(path, aside).catch(() => {})
  // Another one may have replaced the dead holder's file meanwhile: that one goes back.
  if (await holderOf(aside)) await link(aside, path).catch(() => {})
  await rm(aside, { force: true })
  return created()
}

/**
 * Takes a lock file and returns its release. The holder touches it, so a killed one is noticed.
 * `onBusy(pid)` says once who has it; after `waitMs` the failure `busyMessage(pid)` is thrown.
 */
export async function takeLock(path, { waitMs = 0, onBusy, busyMessage, signal }) {
  await mkdir(dirname(path), { recursive: true })
  const end = Date.now() + waitMs
  for (let told = false; !(await tryTake(path)); ) {
    const holder = await holderOf(path)
    if (holder === undefined) continue
    if (Date.now() >= end || signal?.aborted) throw problem(busyMessage(holder))
    if (!told) onBusy?.(holder)
    told = true
    await sleep(200)
  }
  const timer = setInterval(() => touch(path), touchMs)
  timer.unref()
  const release = () => {
    clearInterval(timer)
    process.off('exit', release)
    if (isOurs(path)) rmSync(path, { force: true })
  }
  process.on('exit', release)
  return release
}

function touch(path) {
  try {
    if (isOurs(path)) utimesSync(path, new Date(), new Date())
  } catch {
    // The folder is gone: there is nothing left to guard.
  }
}

function isOurs(path) {
  try {
    return Number(readFileSync(path, 'utf8')) === process.pid
  } catch {
    return false
  }
}
