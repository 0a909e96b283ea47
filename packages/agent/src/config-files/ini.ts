import { createRoom, type Edit, type Parser, short } from './edit.ts'
import { endFor, lineEndOf, linesOf } from './lines.ts'
import { createReplacements } from './replacement.ts'

interface Line {
  section: string
  key?: string
  /** What stands in front of the value. */
  before: string
  value: string
  end: string
}

/** INI: a key's value changes in its line; what is missing comes at the end of its section. */
export const editIni: Parser = (text, edits) => {
  const room = createRoom()
  const replacementOf = createReplacements()
  const left: string[] = []
  const lineEnd = lineEndOf(text)
  const lines = readLines(text)
  const equals = equalsOf(lines)
  for (const edit of edits) {
    const { section, key } = placeOf(edit.match)
    const replace = replacementOf(edit)
    const found = lines.filter(line => line.section === section && line.key === key)
    const values =
      found.length > 0 ? found.map(({ value }) => replace(value)) : [replace(undefined)]
    if (values.every(value => value === undefined)) continue
    const problem = problemOf(section, key, values)
    if (problem) {
      left.push(`"${short(edit.match)}" ${problem}`)
      continue
    }
    for (const [index, value] of values.entries()) {
      const line = found[index] ?? added(section, key)
      if (value !== undefined && line.value !== String(value)) line.value = room(String(value))
    }
  }
  return { text: lines.map(({ before, value, end }) => before + value + end).join(''), left }

  function added(section: string, key: string): Line {
    const line: Line = { section, key, before: room(`${key}${equals}`), value: '', end: lineEnd }
    const index = lines.findLastIndex(other => other.section === section && other.before !== '')
    if (index < 0) return addedSection(line)
    terminate(lines[index])
    lines.splice(index + 1, 0, line)
    return line
  }

  function addedSection(line: Line): Line {
    if (line.section === '') {
      lines.unshift(line)
      return line
    }
    terminate(lines.at(-1))
    const { section } = line
    lines.push({ section, before: room(`[${section}]`), value: '', end: lineEnd }, line)
    return line
  }

  function terminate(line: Line | undefined): void {
    if (line) line.end += endFor(line.end, lineEnd)
  }
}

function readLines(text: string): Line[] {
  let section = ''
  return linesOf(text).map(({ line, end }) => {
    const said = line.trim()
    if (said.startsWith('[')) {
      const close = said.lastIndexOf(']')
      if (close > 0) section = said.slice(1, close).trim()
      return { section, before: line, value: '', end }
    }
    const equals = line.indexOf('=')
    const key = line.slice(0, Math.max(0, equals)).trim()
    if (key === '' || /^[;#]/.test(key)) return { section, before: line, value: '', end }
    const value = line.slice(equals + 1).trimStart()
    const before = line.slice(0, line.length - value.length)
    return { section, key, before, value: value.trimEnd(), end: trailing(value) + end }
  })
}

function trailing(value: string): string {
  return value.slice(value.trimEnd().length)
}

/** As the file's first key has it: some games want no blanks there. */
function equalsOf(lines: readonly Line[]): string {
  const first = lines.find(({ key }) => key !== undefined)
  return first && !/\s=/.test(first.before) ? '=' : ' = '
}

/** Only the first dot outside of brackets parts; brackets around a section may be there, dots in them stay. */
function placeOf(match: Edit['match']): { section: string; key: string } {
  let depth = 0
  for (let at = 0; at < match.length; at++) {
    const char = match.charAt(at)
    if (char === '[') depth++
    if (char === ']') depth--
    if (char !== '.' || depth > 0) continue
    const section = match.slice(0, at)
    return { section: /^\[(.*)\]$/s.exec(section)?.[1] ?? section, key: match.slice(at + 1) }
  }
  return { section: '', key: match }
}

/** A value of one line stays one line: it must not become a key of its own. */
function problemOf(section: string, key: string, values: readonly unknown[]): string | undefined {
  if (key === '' || /[\r\n=]/.test(key) || /[\r\n\]]/.test(section) || /^\s*[;#[]/.test(key)) {
    return 'is no place in such a file'
  }
  return values.some(value => /[\r\n]/.test(String(value))) ? 'takes one line only' : undefined
}
