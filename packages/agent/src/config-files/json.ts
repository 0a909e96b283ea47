import { createRoom, type Parser } from './edit.ts'
import {
  emptyNode,
  type JsonItem,
  type JsonNode,
  readJsonText,
  stringOf,
  writeJsonText
} from './json-text.ts'
import { lineEndOf } from './lines.ts'
import { editTree, type TreeFormat } from './tree.ts'
import type { TypedValue } from './typed-value.ts'

/** JSON, also with comments: what is not touched stays as it is written, numbers of any length too. */
export const editJson: Parser = (text, edits) => {
  const room = createRoom()
  const { before, node, after } =
    text.trim() === '' ? { before: '', node: emptyNode('{'), after: '\n' } : readJsonText(text)
  const root = { node }
  const left = editTree(
    formatOf(room),
    {
      read: () => root.node,
      write(next) {
        root.node = next
      }
    },
    edits
  )
  const unit = /[\r\n]([ \t]+)["[{\d]/.exec(text)?.[1] ?? '  '
  const written = writeJsonText(root.node, { unit, end: lineEndOf(text) })
  return { text: before + written + after, left }
}

function formatOf(room: (text: string) => string): TreeFormat<JsonNode> {
  return {
    kindOf(node) {
      if (node.open) return node.open === '{' ? 'map' : 'list'
      return node.raw === 'null' ? 'empty' : 'value'
    },
    valueOf: ({ raw }) => (raw === undefined ? undefined : typedOf(raw)),
    makeValue({ type, text }) {
      const raw = room(type === 'string' ? JSON.stringify(text) : text)
      return { raw, items: [], tail: '', endsInComma: false }
    },
    makeMap: () => emptyNode('{'),
    makeList: () => emptyNode('['),
    get: (map, name) => itemOf(map, name)?.node,
    set(map, name, node) {
      const item = itemOf(map, name)
      if (item) item.node = node
      else map.items.push({ name, label: room(`${JSON.stringify(name)}: `), node, after: '' })
    },
    items: list => list.items.map(({ node }) => node),
    setItem(list, index, node) {
      const item = list.items[index]
      if (item) item.node = node
      else list.items.push({ label: '', node, after: '' })
    },
    places: ({ items }) =>
      items.map(item => ({
        read: () => item.node,
        write(node) {
          item.node = node
        }
      }))
  }
}

/** Of two of one name readers take the last one. */
function itemOf(map: JsonNode, name: string): JsonItem | undefined {
  return map.items.findLast(item => item.name === name)
}

function typedOf(raw: string): TypedValue | undefined {
  if (raw === 'null') return undefined
  if (raw.startsWith('"')) return { type: 'string', text: stringOf(raw) ?? '' }
  return { type: raw === 'true' || raw === 'false' ? 'boolean' : 'number', text: raw }
}
