import { createRoom, type Edit, NotEditable, type Parser, short } from './edit.ts'
import { lineEndOf } from './lines.ts'
import { createReplacements } from './replacement.ts'
import {
  fromXml,
  readXmlText,
  toXml,
  writeXmlText,
  type XmlElement,
  type XmlNode
} from './xml-text.ts'

const nameForm = /^[\p{L}_][\p{L}\p{N}_:-]*$/u

/** XML: the path leads from the root element on; what is missing is made, everything else stays as it is. */
export const editXml: Parser = (text, edits) => {
  const room = createRoom()
  const replacementOf = createReplacements()
  const left: string[] = []
  const nodes = readXmlText(text)
  if (nodes.filter(isElement).length > 1) throw new NotEditable('is no XML: it has two roots')
  const unit = /[\r\n]([ \t]+)</.exec(text)?.[1] ?? '  '
  const end = lineEndOf(text)
  for (const edit of edits) {
    const problem = apply(edit)
    if (problem) left.push(`"${short(edit.match)}" ${problem}`)
  }
  return { text: writeXmlText(nodes), left }

  function apply(edit: Edit): string | undefined {
    const path = edit.match.split('.')
    if (!path.every(part => part === '*' || nameForm.test(part))) return 'is no path of elements'
    const replace = replacementOf(edit)
    const wouldAdd = replace(undefined) !== undefined
    let found: XmlElement[] = []
    for (const [depth, name] of path.entries()) {
      const parents = depth === 0 ? [nodes] : found.map(({ children }) => children)
      const next = parents.flatMap(children => children.filter(isElement).filter(fits(name)))
      if (next.length > 0) found = next
      else if (name === '*' || !wouldAdd) return undefined
      else if (depth === 0) {
        if (nodes.some(isElement)) return 'has another root in this file'
        found = [addRoot(name)]
      } else found = found.map(parent => addChild(parent, name, depth))
    }
    for (const element of found) {
      const problem = change(element, edit, replace)
      if (problem) return problem
    }
    return undefined
  }

  function change(
    element: XmlElement,
    { attribute }: Edit,
    replace: (current: string) => Edit['value'] | undefined
  ): string | undefined {
    if (attribute !== undefined) return changeAttribute(element, attribute, replace)
    if (element.children.some(isElement))
      return 'holds other elements, and no text can take their place'
    const current = element.children.filter(isText).map(textOf).join('')
    const next = replace(current)
    if (next === undefined || String(next) === current) return undefined
    const raw = room(toXml(String(next)))
    const others = element.children.filter(child => !isText(child))
    element.children = [...others, { kind: 'text', raw }]
    opened(element)
    return undefined
  }

  function changeAttribute(
    element: XmlElement,
    attribute: string,
    replace: (current: string) => Edit['value'] | undefined
  ): string | undefined {
    if (!nameForm.test(attribute)) return 'names no attribute'
    const found = [...element.open.matchAll(/\s([^\s=/>]+)\s*=\s*("[^"]*"|'[^']*')/g)].find(
      ([, name]) => name === attribute
    )
    const next = replace(found ? fromXml(found[2]?.slice(1, -1) ?? '') : '')
    if (next === undefined) return undefined
    const written = room(` ${attribute}="${toXml(String(next))}"`)
    const { open } = element
    const from = found ? found.index : open.search(/\s*\/?>$/)
    const to = found ? found.index + found[0].length : from
    element.open = open.slice(0, from) + written + open.slice(to)
    return undefined
  }

  function addRoot(name: string): XmlElement {
    const element = made(name)
    nodes.push(element, { kind: 'text', raw: end })
    return element
  }

  function addChild(parent: XmlElement, name: string, depth: number): XmlElement {
    const element = made(name)
    opened(parent)
    const { children } = parent
    const last = children.at(-1)
    const closes = last?.kind === 'text' && last.raw.trim() === '' ? last : undefined
    const before = { kind: 'text', raw: end + unit.repeat(depth) } as const
    const after = closes ?? ({ kind: 'text', raw: end + unit.repeat(depth - 1) } as const)
    children.splice(closes ? -1 : children.length, closes ? 1 : 0, before, element, after)
    return element
  }

  function made(name: string): XmlElement {
    const open = room(`<${name}>`)
    return { kind: 'element', name, open, children: [], close: room(`</${name}>`) }
  }
}

function isElement(node: XmlNode): node is XmlElement {
  return node.kind === 'element'
}

function isText({ kind }: XmlNode): boolean {
  return kind === 'text' || kind === 'cdata'
}

function fits(name: string): (element: XmlElement) => boolean {
  return element => name === '*' || element.name === name
}

function textOf(node: XmlNode): string {
  if (node.kind === 'cdata') return node.raw.slice('<![CDATA['.length, -']]>'.length)
  return node.kind === 'text' ? fromXml(node.raw) : ''
}

/** `<a/>` becomes `<a></a>`, to hold something. */
function opened(element: XmlElement): void {
  if (element.close !== '') return
  element.open = `${element.open.slice(0, -2).trimEnd()}>`
  element.close = `</${element.name}>`
}
