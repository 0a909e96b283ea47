import { createRoom, type Parser } from './edit.ts'
import { endFor, lineEndOf, linesOf } from './lines.ts'
import { createReplacements } from './replacement.ts'

interface Entry {
  /** Unescaped; undefined of a comment or a blank line. */
  key?: string
  value: string
  raw: string
  end: string
}

/** Java properties: values change in their lines, new keys come last, all other lines stay as they are. */
export const editProperties: Parser = (text, edits) => {
  const room = createRoom()
  const replacementOf = createReplacements()
  const entries = entriesOf(text)
  const byKey = new Map<string | undefined, Entry[]>()
  for (const entry of entries) {
    const same = byKey.get(entry.key)
    if (same) same.push(entry)
    else byKey.set(entry.key, [entry])
  }
  const lineEnd = lineEndOf(text)
  for (const edit of edits) {
    const replace = replacementOf(edit)
    const found = byKey.get(edit.match) ?? []
    for (const entry of found) {
      const next = replace(entry.value)
      if (next !== undefined) setValue(entry, String(next))
    }
    const added = found.length === 0 ? replace(undefined) : undefined
    if (added === undefined) continue
    const last = entries.at(-1)
    if (last) terminate(last)
    const entry: Entry = { key: edit.match, value: '', raw: '', end: lineEnd }
    setValue(entry, String(added))
    entries.push(entry)
    byKey.set(edit.match, [entry])
  }
  return { text: entries.map(({ raw, end }) => raw + end).join(''), left: [] }

  /** A line that a backslash carries on ends with an empty one. */
  function terminate(last: Entry): void {
    last.end += endFor(last.end, lineEnd)
    if (endsInBackslash(last.raw)) last.end += lineEnd
  }

  function setValue(entry: Entry, value: string): void {
    if (entry.value === value && entry.raw !== '') return
    entry.value = value
    entry.raw = room(`${escaped(entry.key ?? '', /[\s:=#!\\]/g)}=${escaped(value, /^\s|[\\]/g)}`)
  }
}

function entriesOf(text: string): Entry[] {
  const entries: Entry[] = []
  const raw: string[] = []
  const said: string[] = []
  for (const { line, end } of linesOf(text)) {
    const part = line.trimStart()
    const isBare = raw.length === 0 && (part === '' || part[0] === '#' || part[0] === '!')
    if (isBare) {
      entries.push({ value: '', raw: line, end })
      continue
    }
    const goesOn = endsInBackslash(part)
    said.push(goesOn ? part.slice(0, -1) : part)
    if (goesOn) raw.push(line, end)
    else finish(line, end)
  }
  if (raw.length > 0) finish('', '')
  return entries

  function finish(line: string, end: string): void {
    entries.push({ ...keyAndValue(said.join('')), raw: raw.join('') + line, end })
    raw.length = 0
    said.length = 0
  }
}

/** An odd number of them: the last one takes the line's end away. */
function endsInBackslash(line: string): boolean {
  let at = line.length
  while (line.charAt(at - 1) === '\\') at--
  return (line.length - at) % 2 === 1
}

function keyAndValue(said: string): { key: string; value: string } {
  const [whole = '', key = ''] = /^((?:\\.|[^\\\s:=])*)(?:\s*[:=]\s*|\s+)?/s.exec(said) ?? []
  return { key: unescaped(key), value: unescaped(said.slice(whole.length)) }
}

const controls: Record<string, string> = { n: '\n', r: '\r', t: '\t', f: '\f' }

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.)|$)/gs, (_, code?: string, char = '') =>
    code === undefined ? (controls[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16))
  )
}

/** ASCII alone: games read the file as ISO 8859-1 or as UTF-8. */
function escaped(text: string, special: RegExp): string {
  const names: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\f': '\\f' }
  return text
    .replace(special, char => (char === '\n' || char === '\r' ? char : `\\${char}`))
    .replace(/\\?[\n\r\t\f]/g, char => names[char.slice(-1)] ?? char)
    .replace(/[^\x20-\x7e]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
