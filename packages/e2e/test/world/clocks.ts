import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Teardown } from './world.ts'

/** A wall clock of a process's own; what only counts on, as after a boot, stays as it is. */
export interface WrongClock {
  /** The environment of a process that believes it. */
  env: Record<string, string>
  /** How far ahead of the right time it is from now on. */
  set(seconds: number): Promise<void>
}

/** By libfaketime, which looks at the file each time. */
export async function createWrongClock(t: Teardown): Promise<WrongClock> {
  const dir = await mkdtemp(join(tmpdir(), 'cap-clock-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const file = join(dir, 'offset')

  async function set(seconds: number): Promise<void> {
    await writeFile(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`)
    await rename(`${file}.new`, file)
  }

  await set(0)
  return {
    set,
    env: {
      // The loader puts the machine's own folder in place of $LIB.
      LD_PRELOAD: '/usr/$LIB/faketime/libfaketime.so.1',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1'
    }
  }
}
