import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './process.ts'
import type { Teardown } from './world.ts'

/** A disk with little room, mounted at a folder. */
export interface SmallDisk {
  /** Until not one more byte can be written. */
  fill(): Promise<void>
  free(): Promise<void>
}

export async function createSmallDisk(t: Teardown, at: string, size: string): Promise<SmallDisk> {
  await mkdir(at, { recursive: true })
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', at])
  t.teardown(() => run('umount', ['-l', at]))
  const filler = join(at, '.filler')

  return {
    async fill() {
      await mkdir(filler, { recursive: true })
      const file = await open(join(filler, 'bytes'), 'a')
      try {
        for (let size = 2 ** 20; size >= 1; size = size / 2) await writeWhile(file, size)
      } finally {
        await file.close()
      }
    },
    free: () => rm(filler, { recursive: true, force: true })
  }
}

async function writeWhile(file: Awaited<ReturnType<typeof open>>, size: number): Promise<void> {
  const bytes = Buffer.alloc(size)
  for (;;) {
    const written = await file.write(bytes).catch((err: NodeJS.ErrnoException) => {
      if (err.code === 'ENOSPC') return undefined
      throw err
    })
    if (!written || written.bytesWritten < size) return
  }
}
