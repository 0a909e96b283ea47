import { readPlainExpression } from '@ctrl-alt-play/protocol'
import { type Static, Type } from '@sinclair/typebox'
import type { EggNotes } from './egg-notes.ts'
import { type Branch, branchOf, isBranch, readJson, type Tree, textOf } from './egg-tree.ts'
import { placeholderForm, placeholderOf } from './placeholders.ts'

const ConfigReplacement = Type.Object({
  match: Type.String(),
  /** Only where this stands now. */
  ifValue: Type.Optional(Type.String()),
  replaceWith: Type.Union([Type.String(), Type.Number(), Type.Boolean()])
})
type ConfigReplacement = Static<typeof ConfigReplacement>

/** A config file of a game, and what is put into it before each start, in this order. */
const ConfigFile = Type.Object({
  /** From the server's own folder. */
  path: Type.String(),
  parser: Type.String(),
  /** False: one that is not there is not made. */
  createFile: Type.Optional(Type.Boolean()),
  find: Type.Array(ConfigReplacement)
})
export type ConfigFile = Static<typeof ConfigFile>

/** As `Alt.config.files` has them: a list, because a JSON column keeps no order of names. */
export const ConfigFiles = Type.Array(ConfigFile)

export const configParsers = [
  'file',
  'properties',
  'ini',
  'json',
  'yaml',
  'yml',
  'toml',
  'xml'
] as const
/** Of one template: to read one takes its time. */
const MOST_EXPRESSIONS = 64

/** Reads `config.files`, a list of what can be carried out; the rest is only kept. */
export function readConfigFiles(raw: Tree, notes: EggNotes): ConfigFile[] {
  if (typeof raw === 'string') {
    notes.warn('config-unreadable', 'config.files', 'is no JSON: no config file is written')
  }
  return Object.entries(branchOf(raw)).flatMap(([path, entry]) => {
    const place = `config.files.${path}`
    if (!isBranch(entry) || !isBranch(entry.find)) {
      notes.warn('file-skipped', place, 'has no "find": it is left alone, as other panels do')
      return []
    }
    const parser = textOf(entry.parser) ?? ''
    if (!configParsers.some(known => known === parser)) {
      notes.warn('file-parser', place, `has a parser that the panel does not know: ${parser}`)
    }
    if (leadsOut(path)) {
      notes.warn('file-path', place, "leads out of the server's files: it is never written")
    }
    const find = Object.entries(entry.find).flatMap(([match, value]) => {
      const found = replacementsOf(match, value)
      if (found.length === 0) notes.warn('file-skipped', `${place}.find.${match}`, 'has no value')
      return found
    })
    const createFile = entry.create_file
    return [{ path, parser, ...(typeof createFile === 'boolean' && { createFile }), find }]
  })
}

function replacementsOf(match: string, value: Tree): ConfigReplacement[] {
  if (isBranch(value)) {
    return Object.entries(value).flatMap(([ifValue, replaceWith]) =>
      isValue(replaceWith) ? [{ match, ifValue, replaceWith }] : []
    )
  }
  return isValue(value) ? [{ match, replaceWith: value }] : []
}

function isValue(tree: Tree): tree is ConfigReplacement['replaceWith'] {
  return textOf(tree) !== undefined
}

export function writeConfigFiles(files: readonly ConfigFile[]): Branch {
  return Object.fromEntries(
    files.map(({ path, parser, createFile, find }) => [
      path,
      { parser, ...(createFile !== undefined && { create_file: createFile }), find: findOf(find) }
    ])
  )
}

function findOf(replacements: readonly ConfigReplacement[]): Branch {
  const find = new Map<string, Tree>()
  for (const { match, ifValue, replaceWith } of replacements) {
    if (ifValue === undefined) find.set(match, replaceWith)
    else find.set(match, { ...branchOf(find.get(match)), [ifValue]: replaceWith })
  }
  return Object.fromEntries(find)
}

/** JSON within JSON, as PTDL has it, or the object itself; a text that cannot be read stays one. */
export function readInner(raw: Tree | undefined): Tree {
  if (typeof raw !== 'string') return typeof raw === 'object' ? (raw ?? {}) : (textOf(raw) ?? {})
  if (raw.trim() === '') return {}
  const inner = readJson(raw)
  return inner.ok && typeof inner.tree === 'object' ? (inner.tree ?? {}) : raw
}

export function leadsOut(path: string): boolean {
  return /(^|[\\/])\.\.([\\/]|$)/.test(path)
}

/** What of a file's edits comes to nothing, or to something else than was meant. */
export interface EditProblem {
  kind: 'file-placeholder' | 'file-expression'
  file: ConfigFile
  edit: ConfigReplacement
  message: string
}

/** `names`: what a game finds in its environment. */
export function editProblems(
  files: readonly ConfigFile[],
  names: ReadonlySet<string>
): EditProblem[] {
  const edits = files.flatMap(file => file.find.map(edit => ({ file, edit })))
  const placeholders = edits.flatMap(({ file, edit }): EditProblem[] =>
    [...String(edit.replaceWith).matchAll(placeholderForm)].flatMap(([whole, name = '']) => {
      const problem = placeholderProblem(name, names)
      const message = `${whole} ${problem}`
      return problem ? [{ kind: 'file-placeholder', file, edit, message }] : []
    })
  )
  const expressions = edits
    .filter(({ edit }) => edit.ifValue?.startsWith('regex:'))
    .slice(0, MOST_EXPRESSIONS)
    .flatMap(({ file, edit }): EditProblem[] => {
      const read = readPlainExpression(edit.ifValue ?? '')
      if (!read || read.ok) return []
      const message = `has an expression that cannot be applied, for ${read.reason}`
      return [{ kind: 'file-expression', file, edit, message }]
    })
  return [...placeholders, ...expressions]
}

/** Says which placeholders will not become a value, and which conditions never hold. */
export function checkEdits(
  files: readonly ConfigFile[],
  names: ReadonlySet<string>,
  notes: EggNotes
): void {
  for (const { kind, file, edit, message } of editProblems(files, names)) {
    notes.warn(kind, `config.files.${file.path}.${edit.match}`, message)
  }
}

function placeholderProblem(name: string, names: ReadonlySet<string>): string | undefined {
  const placeholder = placeholderOf(name)
  switch (placeholder.kind) {
    case 'variable':
      return [placeholder.name, placeholder.name.toUpperCase()].some(one => names.has(one))
        ? undefined
        : 'names no variable of the template'
    case 'built-in':
    case 'gateway':
      return undefined
    case 'nothing':
      return "asks for the node's own settings, which no template is told"
    case 'text':
      return 'is none that the panel knows: it stays as it is'
  }
}
