import { checkCount, checkDepth, unreadable } from './edit.ts'

/** XML as it is written: all of it printed again is the text that was read. No entity is ever expanded. */
export type XmlNode = XmlElement | XmlPiece

/** Anything between tags: text, or a comment, an instruction or a document type, which stay as they are. */
interface XmlPiece {
  kind: 'text' | 'cdata' | 'other'
  raw: string
}

export interface XmlElement {
  kind: 'element'
  name: string
  /** The tag as it is written. */
  open: string
  children: XmlNode[]
  /** Empty of `<a/>`. */
  close: string
}

const begins: [string, string, XmlPiece['kind']][] = [
  ['<!--', '-->', 'other'],
  ['<![CDATA[', ']]>', 'cdata'],
  ['<?', '?>', 'other']
]
const name = /[^\s<>/='"&!?]+/y

export function readXmlText(text: string): XmlNode[] {
  const top: XmlNode[] = []
  const open: XmlElement[] = []
  let at = 0
  let nodes = 0

  function wrong(): never {
    throw unreadable('XML', text, at)
  }
  function add(node: XmlNode): void {
    nodes++
    checkCount(nodes)
    ;(open.at(-1)?.children ?? top).push(node)
  }
  function piece(kind: XmlPiece['kind'], end: number): void {
    if (end < 0) wrong()
    add({ kind, raw: text.slice(at, end) })
    at = end
  }
  function endOfTag(from: number): number {
    let quote = ''
    let depth = 0
    for (let index = from; index < text.length; index++) {
      const char = text.charAt(index)
      if (quote !== '') {
        if (char === quote) quote = ''
      } else if (char === '"' || char === "'") quote = char
      else if (char === '[') depth++
      else if (char === ']') depth--
      else if (char === '>' && depth <= 0) return index + 1
    }
    return wrong()
  }
  function nameAt(index: number): string {
    name.lastIndex = index
    return name.exec(text)?.[0] ?? wrong()
  }

  while (at < text.length) {
    const [begin, end, kind] = begins.find(([start]) => text.startsWith(start, at)) ?? []
    if (begin && end && kind) {
      const found = text.indexOf(end, at + begin.length)
      piece(kind, found < 0 ? found : found + end.length)
    } else if (text.startsWith('<!', at)) piece('other', endOfTag(at))
    else if (text.startsWith('</', at)) {
      const element = open.pop()
      if (!element || element.name !== nameAt(at + 2)) wrong()
      const close = endOfTag(at)
      element.close = text.slice(at, close)
      at = close
    } else if (text.charAt(at) === '<') {
      const tagEnd = endOfTag(at)
      const raw = text.slice(at, tagEnd)
      const element: XmlElement = {
        kind: 'element',
        name: nameAt(at + 1),
        open: raw,
        children: [],
        close: ''
      }
      add(element)
      if (!raw.endsWith('/>')) open.push(element)
      checkDepth(open.length)
      at = tagEnd
    } else {
      const next = text.indexOf('<', at)
      piece('text', next < 0 ? text.length : next)
    }
  }
  if (open.length > 0) wrong()
  return top
}

export function writeXmlText(nodes: readonly XmlNode[]): string {
  return nodes
    .map(node =>
      node.kind === 'element' ? node.open + writeXmlText(node.children) + node.close : node.raw
    )
    .join('')
}

const named: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** Of an entity that the document itself defines the name stays. */
export function fromXml(raw: string): string {
  return raw.replace(
    /&(?:#(\d{1,7})|#x([\da-fA-F]{1,6})|(\w{1,32}));/g,
    (whole, ten, hex, word) => {
      if (word !== undefined) return Object.hasOwn(named, word) ? (named[word] ?? whole) : whole
      const code = ten === undefined ? Number.parseInt(hex, 16) : Number(ten)
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    }
  )
}

export function toXml(text: string): string {
  const names: Record<string, string> = { '<': 'lt', '>': 'gt', '&': 'amp', '"': 'quot' }
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no way to say these
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
      .replace(/[<>&"]/g, char => `&${names[char]};`)
  )
}
