import { fork } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Teardown } from '../test/world/world.ts'

/** bare-database.ts in a process of its own, as the panel is in one of its own. */
export async function bareDatabase(t: Teardown, databaseUrl: string) {
  const file = join(dirname(fileURLToPath(import.meta.url)), 'bare-database.ts')
  const child = fork(file, [databaseUrl])
  t.teardown(() => child.kill('SIGKILL'))
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  return { url, pid: child.pid ?? 0 }
}
