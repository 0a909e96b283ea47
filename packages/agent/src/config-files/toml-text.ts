import { checkCount, checkDepth, unreadable } from './edit.ts'

/** A place in a TOML file: names, and numbers of tables within `[[…]]`. */
export type TomlPath = (string | number)[]

/** TOML statement by statement: all of it printed again is the text that was read. */
export interface TomlPart {
  /** Of a table's head its own place, of a value the value's. */
  kind: 'blank' | 'table' | 'value'
  path: TomlPath
  /** Whose lines it stands in; of a head its own. */
  table: TomlPath
  /** Everything in front of the value; all of what is none. */
  before: string
  value: string
  after: string
}

const blanks = /[ \t]*/y
const toLineEnd = /[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r|$)/y
const bareKey = /[A-Za-z0-9_-]+/y
const strings = [
  /"""(?:[^\\]|\\[\s\S])*?"{3,5}/y,
  /'''[\s\S]*?'{3,5}/y,
  /"(?:[^"\\\r\n]|\\.)*"/y,
  /'[^'\r\n]*'/y
]
const bareValue = /[^\s#][^\r\n#]*/y
/** Within a list or an inline table. */
const word = /[^\s#,[\]{}"'=]+/y
const gaps = /(?:\s|#[^\r\n]*)*/y

export function readTomlText(text: string): TomlPart[] {
  const parts: TomlPart[] = []
  /** How many tables each `[[…]]` has, by its place. */
  const counts = new Map<string, number>()
  let table: TomlPath = []
  let at = 0

  function wrong(): never {
    throw unreadable('TOML', text, at)
  }
  function take(pattern: RegExp): string | undefined {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0]
    at += found?.length ?? 0
    return found
  }
  function takeString(): string | undefined {
    const pattern = strings.find(candidate => {
      candidate.lastIndex = at
      return candidate.test(text)
    })
    return pattern && take(pattern)
  }
  function keys(): string[] {
    const names: string[] = []
    for (;;) {
      take(blanks)
      const raw = take(bareKey)
      const name = raw ?? tomlString(takeString() ?? wrong())
      names.push(name)
      checkDepth(names.length)
      take(blanks)
      if (text.charAt(at) !== '.') return names
      at++
    }
  }
  /** A name of `[[…]]` on the way means the newest of its tables. */
  function placed(names: readonly string[]): TomlPath {
    const path: TomlPath = []
    for (const name of names) {
      path.push(name)
      const count = counts.get(keyOf(path))
      if (count !== undefined) path.push(count - 1)
    }
    return path
  }
  function head(): void {
    const from = at
    const isList = text.startsWith('[[', at)
    at += isList ? 2 : 1
    const names = keys()
    if (!text.startsWith(isList ? ']]' : ']', at)) wrong()
    at += isList ? 2 : 1
    table = isList ? grown(names) : placed(names)
    const said = text.slice(from, at)
    parts.push({
      kind: 'table',
      path: table,
      table,
      before: said,
      value: '',
      after: take(toLineEnd) ?? wrong()
    })
  }
  function grown(names: readonly string[]): TomlPath {
    const list = [...placed(names.slice(0, -1)), ...names.slice(-1)]
    const count = counts.get(keyOf(list)) ?? 0
    counts.set(keyOf(list), count + 1)
    return [...list, count]
  }
  function skipValue(): void {
    let depth = 0
    do {
      if (depth > 0) take(gaps)
      const char = text.charAt(at)
      if (char === '[' || char === '{') depth++
      if (depth > 0 && (char === ']' || char === '}')) depth--
      checkDepth(depth)
      if (char !== '' && '[]{},='.includes(char)) at++
      else if (takeString() === undefined && take(depth > 0 ? word : bareValue) === undefined)
        wrong()
    } while (depth > 0)
  }
  function blank(before: string): void {
    parts.push({ kind: 'blank', path: table, table, before, value: '', after: '' })
  }
  function pair(): void {
    const from = at
    const names = keys()
    if (text.charAt(at) !== '=') wrong()
    at++
    take(blanks)
    const begin = at
    skipValue()
    const raw = text.slice(begin, at)
    const value = raw.trimEnd()
    const before = text.slice(from, begin)
    const after = raw.slice(value.length) + (take(toLineEnd) ?? wrong())
    parts.push({ kind: 'value', path: [...table, ...names], table, before, value, after })
  }

  while (at < text.length) {
    checkCount(parts.length)
    const before = take(toLineEnd)
    if (before) blank(before)
    else {
      const indent = take(blanks) ?? ''
      if (indent !== '') blank(indent)
      if (text.charAt(at) === '[') head()
      else pair()
    }
  }
  return parts
}

export function writeTomlText(parts: readonly TomlPart[]): string {
  return parts.map(({ before, value, after }) => before + value + after).join('')
}

function keyOf(path: TomlPath): string {
  return JSON.stringify(path)
}

const escapes: Record<string, string> = { b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', e: '\x1b' }

/** What a string of any of the four kinds says. */
export function tomlString(raw: string): string {
  const marks = /^("""|'''|"|')/.exec(raw)?.[0] ?? ''
  const inner = raw
    .slice(marks.length, -marks.length)
    .replace(/^\r?\n/, marks.length === 3 ? '' : '$&')
  if (marks.startsWith("'")) return inner
  return inner.replace(
    /\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|(\s*\n\s*)|(.))/g,
    (_, four, eight, gap, char) => {
      if (gap !== undefined) return ''
      if (char !== undefined) return escapes[char] ?? char
      const code = Number.parseInt(four ?? eight, 16)
      return code <= 0x10ffff ? String.fromCodePoint(code) : ''
    }
  )
}
