import type { ConfigEdit, ConfigFile } from '@ctrl-alt-play/protocol'
import { type AnchoredFolder, openAnchored, PathRefused, TooLarge } from './anchored-folder.ts'
import { type Edit, fileLimits, NotEditable, short } from './edit.ts'
import { editText } from './parsers.ts'
import { readBytes } from './text-bytes.ts'

interface Place {
  /** The server's own folder. */
  dataPath: string
  uid: number
  gid: number
  /** Where a game finds its node. */
  gateway(): Promise<string>
}

/** What lies at a file's place is nothing that may be written; in words. */
export class ConfigFileRefused extends Error {
  override name = 'ConfigFileRefused'
}

const MAX_DEPTH = 32

/**
 * Brings each file about, one after the other; safe to repeat. Answers what was left alone, in words: a game starts
 * with what it has. Rejects with a `ConfigFileRefused` when a file's place is none.
 */
export async function writeConfigFiles(
  files: readonly ConfigFile[],
  place: Place
): Promise<string[]> {
  if (files.length === 0) return []
  const needsGateway = files.some(({ edits }) => edits.some(asksForGateway))
  const gateway = needsGateway ? await place.gateway() : ''
  const root = await openAnchored(place.dataPath)
  const said: string[] = []
  try {
    for (const file of files) {
      const problems = await writeOne(root, file, { ...place, gatewayAddress: gateway })
      said.push(...problems.map(problem => `${short(file.path)} ${problem}`))
    }
  } finally {
    await root.close()
  }
  return said
}

/** What one file needs. */
interface Job {
  file: ConfigFile
  uid: number
  gid: number
  gatewayAddress: string
}

async function writeOne(
  root: AnchoredFolder,
  file: ConfigFile,
  place: Place & { gatewayAddress: string }
): Promise<string[]> {
  if (file.problem !== undefined) return [`was left alone: ${file.problem}`]
  const names = namesOf(file.path)
  if (!names) return ["was left alone: its path does not stay within the server's files"]
  try {
    return await editAt(root, names, { file, ...place })
  } catch (err) {
    if (err instanceof NotEditable) return [`was left alone: it ${err.message}`]
    if (err instanceof TooLarge) {
      return [`was left alone: it is larger than ${fileLimits.bytes / 1024} KiB`]
    }
    if (!(err instanceof PathRefused)) throw err
    throw new ConfigFileRefused(
      `The config file ${short(file.path)} cannot be written: what is there ${err.message}. Remove it or put an ordinary file there.`,
      { cause: err }
    )
  }
}

async function editAt(
  folder: AnchoredFolder,
  [name = '', ...deeper]: readonly string[],
  job: Job
): Promise<string[]> {
  const { file, gatewayAddress, ...owner } = job
  if (deeper.length === 0) return await editFile(folder, name, job)
  const inner = await folder.folder(name, file.createFile ? owner : undefined)
  if (!inner) return []
  try {
    return await editAt(inner, deeper, job)
  } finally {
    await inner.close()
  }
}

async function editFile(folder: AnchoredFolder, name: string, job: Job): Promise<string[]> {
  const { file, gatewayAddress, ...owner } = job
  const bytes = await folder.read(name, fileLimits.bytes)
  if (!bytes && !file.createFile) return []
  const { text, toBytes, asWritten } = readBytes(bytes ?? Buffer.alloc(0))
  const edits = file.edits.map(edit => filled(edit, gatewayAddress, asWritten))
  const edited = editText(file.parser, text, edits)
  const next = toBytes(edited.text)
  if (next.length > fileLimits.bytes) throw new NotEditable('would become too large')
  if (!bytes?.equals(next)) await folder.replace(name, next, owner)
  return edited.left.map(problem => `was written in part: ${problem}`)
}

function asksForGateway({ value }: ConfigEdit): boolean {
  return Array.isArray(value) && value.includes(null)
}

function filled(edit: ConfigEdit, gateway: string, asWritten: (text: string) => string): Edit {
  const { match, ifValue, attribute, value } = edit
  const text = Array.isArray(value) ? value.map(part => part ?? gateway).join('') : value
  return {
    match: asWritten(match),
    ifValue: ifValue === undefined ? undefined : asWritten(ifValue),
    attribute,
    value: typeof text === 'string' ? asWritten(text) : text
  }
}

/** A slash in front means the server's own folder. */
function namesOf(path: string): string[] | undefined {
  const names = path.split('/').filter(name => name !== '' && name !== '.')
  const leadsOut = path.split(/[/\\]/).includes('..') || path.includes('\0')
  return leadsOut || names.length === 0 || names.length > MAX_DEPTH ? undefined : names
}
