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

const configParsers = ['file', 'properties', 'ini', 'json', 'yaml', 'yml', 'toml', 'xml']

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
    if (!configParsers.includes(parser)) {
      notes.warn('file-parser', place, `has a parser that the panel does not know: ${parser}`)
    }
    if (/(^|[\\/])\.\.([\\/]|$)/.test(path)) {
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

/** Says which placeholders will not become a value. */
export function checkPlaceholders(
  files: readonly ConfigFile[],
  names: ReadonlySet<string>,
  notes: EggNotes
): void {
  for (const { path, find } of files) {
    for (const { match, replaceWith } of find) {
      for (const [whole, name = ''] of String(replaceWith).matchAll(placeholderForm)) {
        const problem = placeholderProblem(name, names)
        if (problem)
          notes.warn('file-placeholder', `config.files.${path}.${match}`, `${whole} ${problem}`)
      }
    }
  }
}

function placeholderProblem(name: string, names: ReadonlySet<string>): string | undefined {
  const placeholder = placeholderOf(name)
  switch (placeholder.kind) {
    case 'variable':
      return [placeholder.name, placeholder.name.toUpperCase()].some(one => names.has(one))
        ? undefined
        : 'names no variable of this egg'
    case 'built-in':
    case 'gateway':
      return undefined
    case 'nothing':
      return "asks for the node's own settings, which no egg is told"
    case 'text':
      return 'is none that the panel knows: it stays as it is'
  }
}
