import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheDir } from './environment.mjs'

async function fingerprint(files) {
  const hash = createHash('sha256').update(process.versions.modules)
  for (const file of files) {
    const content = await readFile(file).catch(() => 'missing')
    hash.update(`\n${file}\n`).update(content)
  }
  return hash.digest('hex')
}

/** Does the work unless these files are what they were when it last succeeded. */
export async function whenChanged(name, files, isDone, work) {
  const path = join(cacheDir, `${name}.stamp`)
  const before = await readFile(path, 'utf8').catch(() => '')
  if (before === (await fingerprint(files)) && isDone()) return
  await work()
  await mkdir(cacheDir, { recursive: true })
  await writeFile(path, await fingerprint(files))
}
