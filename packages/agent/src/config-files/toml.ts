import { dottedPath, type Segment } from './dotted-path.ts'
import { createRoom, type Edit, type Parser, short } from './edit.ts'
import { endFor, lineEndOf } from './lines.ts'
import { createReplacements } from './replacement.ts'
import {
  readTomlText,
  type TomlPart,
  type TomlPath,
  tomlString,
  writeTomlText
} from './toml-text.ts'
import { type TypedValue, typedValue } from './typed-value.ts'

/** TOML: values change in their lines, new ones come at the end of their table. Inline tables and arrays are one value. */
export const editToml: Parser = (text, edits) => {
  const room = createRoom()
  const replacementOf = createReplacements()
  const left: string[] = []
  const parts = readTomlText(text)
  const end = lineEndOf(text)
  for (const edit of edits) {
    const problem = apply(edit)
    if (problem) left.push(`"${short(edit.match)}" ${problem}`)
  }
  return { text: writeTomlText(parts), left }

  function apply(edit: Edit): string | undefined {
    const segments = dottedPath(edit.match)
    if (!segments) return 'is no path'
    const replace = replacementOf(edit)
    const found = parts.filter(({ kind, path }) => kind === 'value' && fits(path, segments))
    for (const part of found) {
      const current = typedOf(part.value)
      const next = replace(current?.text)
      if (next === undefined) continue
      if (!current) return 'holds other values, and no text can take their place'
      const value = typedValue(next, current)
      if (value.type !== current.type || value.text !== current.text) part.value = written(value)
    }
    const next = found.length === 0 ? replace(undefined) : undefined
    if (next === undefined) return undefined
    const place = plainPath(segments)
    return place && add(place, written(typedValue(next, undefined)))
  }

  function written({ type, text: said }: TypedValue): string {
    return room(type === 'string' ? JSON.stringify(said).replace(/\x7f/g, '\\u007f') : said)
  }

  function add(path: TomlPath, value: string): string | undefined {
    const name = path.at(-1)
    const table = path.slice(0, -1)
    if (typeof name !== 'string') return 'is no place for a value'
    const isWithin = parts.some(
      ({ kind, path: other }) =>
        kind === 'value' && other.length < path.length && isPrefix(other, path)
    )
    if (isWithin) return 'lies within a value of one line'
    if (
      parts.some(
        other =>
          other.kind !== 'blank' && other.path.length > path.length && isPrefix(path, other.path)
      )
    ) {
      return 'holds other values, and no text can take their place'
    }
    const last = parts.findLastIndex(
      part =>
        (part.kind === 'table' && isSame(part.path, table)) ||
        (part.kind === 'value' && isOwn(part, table))
    )
    const owner = parts[last]?.table
    if (!owner) return addTable(table, line(table, [name], value))
    const rest = path.slice(owner.length).filter(part => typeof part === 'string')
    if (rest.length < path.length - owner.length) return 'is no place for a value'
    terminate(parts[last])
    parts.splice(last + 1, 0, line(owner, rest, value))
    return undefined
  }

  function addTable(table: TomlPath, first: TomlPart): string | undefined {
    if (table.length === 0) {
      parts.unshift(first)
      return undefined
    }
    const names = table.filter(part => typeof part === 'string')
    const isNextOfList = names.length === table.length - 1 && isNext(table)
    if (names.length < table.length && !isNextOfList) return 'is no place for a value'
    const head = names.map(keyText).join('.')
    terminate(parts.at(-1))
    const before = room(isNextOfList ? `[[${head}]]` : `[${head}]`)
    const gap = parts.length > 0 ? end : ''
    parts.push(
      { kind: 'table', path: table, table, before: gap + before, value: '', after: end },
      first
    )
    return undefined
  }

  function isNext(table: TomlPath): boolean {
    const index = table.at(-1)
    const list = table.slice(0, -1)
    const known = parts.filter(
      ({ kind, path }) => kind === 'table' && path.length === table.length && isPrefix(list, path)
    )
    return index === known.length
  }

  function line(table: TomlPath, names: readonly string[], value: string): TomlPart {
    const before = room(`${names.map(keyText).join('.')} = `)
    return { kind: 'value', path: [...table, ...names], table, before, value, after: end }
  }

  function terminate(part: TomlPart | undefined): void {
    if (part) part.after += endFor(part.before + part.value + part.after, end)
  }
}

function fits(path: TomlPath, segments: readonly Segment[]): boolean {
  return (
    path.length === segments.length &&
    segments.every((segment, at) => {
      if ('any' in segment) return true
      return path[at] === ('name' in segment ? segment.name : segment.index)
    })
  )
}

function plainPath(segments: readonly Segment[]): TomlPath | undefined {
  if (segments.some(segment => 'any' in segment)) return undefined
  return segments.flatMap((segment): TomlPath => {
    if ('name' in segment) return [segment.name]
    return 'index' in segment ? [segment.index] : []
  })
}

/** The value stands in the table's own lines, or as `a.b = …` in those of one above. */
function isOwn({ path, table: within }: TomlPart, table: TomlPath): boolean {
  return path.length > table.length && within.length <= table.length && isPrefix(table, path)
}

function isSame(one: TomlPath, other: TomlPath): boolean {
  return one.length === other.length && isPrefix(one, other)
}

function isPrefix(start: TomlPath, long: TomlPath): boolean {
  return start.every((part, at) => part === long[at])
}

function keyText(name: string): string {
  return /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name)
}

/** Undefined: a list or a table, which is not looked into. */
function typedOf(raw: string): TypedValue | undefined {
  if (/^["']/.test(raw)) return { type: 'string', text: tomlString(raw) }
  if (/^[[{]/.test(raw)) return undefined
  if (raw === 'true' || raw === 'false') return { type: 'boolean', text: raw }
  return { type: 'number', text: raw }
}
