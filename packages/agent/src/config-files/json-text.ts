import { checkCount, checkDepth, unreadable } from './edit.ts'

/** JSON as it is written: all of it printed again is the text that was read. Comments and commas too many stay. */
export interface JsonNode {
  /** A value's own text; of a map or list nothing. */
  raw?: string
  open?: '{' | '['
  items: JsonItem[]
  /** Stands before the closing bracket. */
  tail: string
  endsInComma: boolean
}

export interface JsonItem {
  /** Blanks and comments in front; undefined of what is new. */
  before?: string | undefined
  name?: string
  /** The name as it is written, with its colon. */
  label: string
  node: JsonNode
  after: string
}

const between = /(?:[\s\uFEFF]+|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)*/y
const value = /"(?:[^"\\\r\n]|\\.)*"|-?[\w.+-]+/y

export function readJsonText(text: string): { before: string; node: JsonNode; after: string } {
  let at = 0
  let nodes = 0

  function take(pattern: RegExp): string {
    pattern.lastIndex = at
    const [found = ''] = pattern.exec(text) ?? []
    at += found.length
    return found
  }
  function wrong(): never {
    throw unreadable('JSON', text, at)
  }
  function read(depth: number): JsonNode {
    nodes++
    checkCount(nodes)
    checkDepth(depth)
    const open = text.charAt(at)
    if (open !== '{' && open !== '[') {
      const raw = take(value)
      return raw === '' ? wrong() : { raw, items: [], tail: '', endsInComma: false }
    }
    at++
    return readItems(open, depth)
  }
  function readItems(open: '{' | '[', depth: number): JsonNode {
    const items: JsonItem[] = []
    let endsInComma = false
    for (;;) {
      const before = take(between)
      const isEnd = text.charAt(at) === (open === '{' ? '}' : ']')
      if (isEnd && (items.length === 0 || endsInComma)) {
        at++
        return { open, items, tail: before, endsInComma }
      }
      if (isEnd || (items.length > 0 && !endsInComma)) wrong()
      const named = open === '{' ? readName() : { label: '' }
      const node = read(depth + 1)
      const after = take(between)
      endsInComma = text.charAt(at) === ','
      items.push({ before, ...named, node, after })
      if (endsInComma) at++
      else if (text.charAt(at) === (open === '{' ? '}' : ']')) {
        at++
        return { open, items, tail: '', endsInComma: false }
      } else wrong()
    }
  }
  function readName(): { name: string; label: string } {
    const from = at
    const raw = take(value)
    if (!raw.startsWith('"')) wrong()
    const name = stringOf(raw) ?? wrong()
    take(between)
    if (text.charAt(at) !== ':') wrong()
    at++
    take(between)
    return { name, label: text.slice(from, at) }
  }

  const before = take(between)
  const node = read(0)
  const after = take(between)
  return at === text.length ? { before, node, after } : wrong()
}

export function stringOf(raw: string): string | undefined {
  try {
    return String(JSON.parse(raw))
  } catch {
    return undefined
  }
}

/** What is new is laid out like what stands beside it. */
export function writeJsonText(node: JsonNode, lines: { unit: string; end: string }): string {
  const parts: string[] = []
  write(node, 0)
  return parts.join('')

  function write(now: JsonNode, depth: number): void {
    if (now.open === undefined) {
      parts.push(now.raw ?? '')
      return
    }
    const close = now.open === '{' ? '}' : ']'
    const isNew = now.items.some(({ before }) => before === undefined)
    parts.push(now.open)
    if (isNew) writeGrown(now, depth)
    else writeItems(now, depth)
    parts.push(close)
  }
  function writeItems({ items, endsInComma, tail }: JsonNode, depth: number): void {
    for (const [index, { before = '', label, node: inner, after }] of items.entries()) {
      parts.push(before, label)
      write(inner, depth + 1)
      parts.push(after, index < items.length - 1 || endsInComma ? ',' : '')
    }
    parts.push(tail)
  }
  /** A comment behind the last item stays behind it, and its comma stands before the comment. */
  function writeGrown(now: JsonNode, depth: number): void {
    const known = now.items.filter(({ before }) => before !== undefined)
    const last = known.at(-1)
    const end = now.endsInComma || !last ? now.tail : last.after
    const comment = end.trimEnd()
    const gap = last ? blanksAtEnd(last.before ?? '') : lines.end + lines.unit.repeat(depth + 1)
    const close = last ? end.slice(comment.length) : lines.end + lines.unit.repeat(depth)
    const items = now.items.map(item =>
      item.before === undefined
        ? { ...item, before: gap, after: '' }
        : { ...item, after: item === last && !now.endsInComma ? '' : item.after }
    )
    const added = items.findIndex((_, index) => now.items[index]?.before === undefined)
    const grown = items.map((item, index) =>
      index === added ? { ...item, before: comment + gapAfter(comment, gap) } : item
    )
    writeItems({ ...now, items: grown, tail: close, endsInComma: now.endsInComma }, depth)
  }
  function gapAfter(comment: string, gap: string): string {
    const isOpenEnded = /\/\/[^\r\n]*$/.test(comment) && !/^\s*?[\r\n]/.test(gap)
    return isOpenEnded ? lines.end + gap : gap
  }
}

function blanksAtEnd(text: string): string {
  const blanks = text.slice(text.trimEnd().length)
  const lineEnd = Math.max(blanks.lastIndexOf('\n'), blanks.lastIndexOf('\r'))
  if (lineEnd < 0) return blanks
  return blanks.slice(blanks.charAt(lineEnd - 1) === '\r' ? lineEnd - 1 : lineEnd)
}

export function emptyNode(open: '{' | '['): JsonNode {
  return { open, items: [], tail: '', endsInComma: false }
}
