import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** A folder that goes with the test, in memory where there is such a place: hundreds of synced writes are quick there. */
export async function quickFolder(t: Test): Promise<string> {
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const dir = await mkdtemp(join(parent, 'cap-agent-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  return dir
}
