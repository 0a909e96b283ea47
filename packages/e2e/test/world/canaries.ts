import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Secrets that stand nowhere else in the world, by what they are. */
export interface Canaries {
  /** A new one. */
  make(what: string): string
  /** One that the product made. */
  know(what: string, secret: string): string
  /** Which of them are in the text, in any spelling. */
  findIn(text: string | Buffer): string[]
  names(): string[]
}

export function createCanaries(): Canaries {
  const spellings: { what: string; bytes: Buffer }[] = []

  function know(what: string, secret: string): string {
    for (const text of new Set(spellingsOf(secret))) {
      spellings.push({ what, bytes: Buffer.from(text) })
    }
    return secret
  }

  return {
    know,
    make: what => know(what, `Canary${randomBytes(15).toString('hex')}`),
    findIn(text) {
      const bytes = Buffer.isBuffer(text) ? text : Buffer.from(text)
      const found = spellings.filter(spelling => bytes.includes(spelling.bytes))
      return [...new Set(found.map(({ what }) => what))]
    },
    names: () => [...new Set(spellings.map(({ what }) => what))]
  }
}

/** As it is, in a URL, in hexadecimal, and inside Base64 wherever it begins. */
function* spellingsOf(secret: string): Generator<string> {
  const bytes = Buffer.from(secret)
  yield secret
  yield encodeURIComponent(secret)
  yield bytes.toString('hex')
  for (const before of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(before), bytes])
    const whole = padded.subarray(0, padded.length - (padded.length % 3)).toString('base64')
    // The first group holds what stands before, too.
    const own = before === 0 ? whole : whole.slice(4)
    yield own
    yield own.replaceAll('+', '-').replaceAll('/', '_')
  }
}

export interface Finding {
  where: string
  what: string
  /** Of a file. */
  mode?: string
}

/** Every file below the folder that holds one. */
export async function searchFolder(folder: string, canaries: Canaries): Promise<Finding[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile())
  const found = files.map(async entry => {
    const path = join(entry.parentPath, entry.name)
    const bytes = await readFile(path).catch(() => Buffer.alloc(0))
    const what = canaries.findIn(bytes)
    if (what.length === 0) return []
    const mode = ((await stat(path)).mode & 0o777).toString(8)
    return what.map(name => ({ where: relative(folder, path), what: name, mode }))
  })
  return (await Promise.all(found)).flat()
}

/** What any process says of itself to who may list them: its arguments and its environment. */
export async function searchProcesses(
  canaries: Canaries,
  nameOf: (pid: number) => string | undefined
): Promise<Finding[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const found = pids.map(async pid => {
    const parts = ['cmdline', 'environ'] as const
    const texts = await Promise.all(
      parts.map(part => readFile(`/proc/${pid}/${part}`).catch(() => Buffer.alloc(0)))
    )
    return texts.flatMap((text, at) =>
      canaries.findIn(text).map(what => ({
        where: `${parts[at]} of ${nameOf(pid) ?? `process ${pid}: ${texts[0]?.toString()}`}`,
        what
      }))
    )
  })
  return (await Promise.all(found)).flat()
}
