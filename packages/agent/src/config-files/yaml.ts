import {
  Composer,
  Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  Lexer,
  type Pair,
  Scalar,
  Parser as TokenParser,
  YAMLMap,
  YAMLSeq
} from 'yaml'
import {
  checkCount,
  checkDepth,
  createRoom,
  fileLimits,
  NotEditable,
  type Parser,
  unreadable
} from './edit.ts'
import { lineEndOf } from './lines.ts'
import { editTree, type TreeFormat } from './tree.ts'
import type { TypedValue } from './typed-value.ts'

/** Everything is text to it, so 1.10 and 007 are written as they were read. */
const options = { schema: 'failsafe', uniqueKeys: false, prettyErrors: false } as const
/** Of the parser's own stack: two for each level. */
const MAX_STACK = 2 * fileLimits.depth + 8

/** YAML with its comments; an alias stays one and is never looked through. */
export const editYaml: Parser = (text, edits) => {
  const document = readYaml(text)
  const room = createRoom()
  let changes = 0
  const countedRoom = (added: string): string => {
    changes++
    return room(added)
  }
  const root = {
    read: (): unknown => document.contents ?? undefined,
    write(node: unknown) {
      document.contents = carried(document.contents, node) as typeof document.contents
    }
  }
  const left = editTree(formatOf(countedRoom), root, edits)
  if (changes === 0) return { text, left }
  const end = lineEndOf(text)
  const written = document.toString({
    lineWidth: 0,
    indent: /^( {1,8})[^\s#]/m.exec(text)?.[1]?.length ?? 2,
    indentSeq: !/:[ \t]*\r?\n- /.test(text)
  })
  return { text: end === '\n' ? written : written.replaceAll('\n', end), left }
}

/** Token by token: a hostile file is given up before it has cost anything. */
function readYaml(text: string): Document {
  const parser = new TokenParser()
  const composer = new Composer(options)
  const documents: Document[] = []
  let count = 0
  for (const lexeme of new Lexer().lex(text)) {
    count++
    checkCount(count)
    take(parser.next(lexeme))
    checkDepth(parser.stack.length, MAX_STACK)
  }
  take(parser.end())
  documents.push(...(composer.end() as Iterable<Document>))
  const [document = new Document(null, options), another] = documents
  if (another) throw new NotEditable('holds more than one YAML document')
  const [error] = document.errors
  if (error) throw unreadable('YAML', text, error.pos[0])
  return document

  function take(tokens: ReturnType<TokenParser['next']>): void {
    for (const token of tokens) documents.push(...(composer.next(token) as Iterable<Document>))
  }
}

function formatOf(room: (text: string) => string): TreeFormat<unknown> {
  return {
    kindOf(node) {
      if (isMap(node)) return 'map'
      if (isSeq(node)) return 'list'
      if (!isScalar(node)) return 'closed'
      return typedOf(node) ? 'value' : 'empty'
    },
    valueOf: node => (isScalar(node) ? typedOf(node) : undefined),
    makeValue(value, before) {
      const scalar = isScalar(before) ? before : new Scalar('')
      scalar.value = room(value.text)
      scalar.type = styleOf(value, scalar.type)
      delete scalar.source
      delete scalar.tag
      return scalar
    },
    makeMap: () => new YAMLMap(),
    makeList: () => new YAMLSeq(),
    get: (map, name) => pairOf(map, name)?.value ?? undefined,
    set(map, name, node) {
      const pair = pairOf(map, name)
      if (pair) pair.value = carried(pair.value, node)
      else if (isMap(map)) map.set(new Scalar(room(name)), node)
    },
    items: list => (isSeq(list) ? list.items : []),
    setItem(list, index, node) {
      if (isSeq(list)) list.items[index] = carried(list.items[index], node)
    },
    places(node) {
      if (isMap(node)) return node.items.map(pair => placeOf(pair, 'value'))
      return isSeq(node) ? node.items.map((_, index) => placeOf(node.items, index)) : []
    }
  }
}

function placeOf<Key extends PropertyKey>(holder: { [K in Key]: unknown }, key: Key) {
  return {
    read: (): unknown => holder[key] ?? undefined,
    write(node: unknown) {
      holder[key] = carried(holder[key], node) as (typeof holder)[Key]
    }
  }
}

/** Of two of one name readers take the last one. */
function pairOf(map: unknown, name: string): Pair<unknown, unknown> | undefined {
  if (!isMap(map)) return undefined
  return map.items.findLast(
    item => isPair(item) && (isScalar(item.key) ? item.key.value : item.key) === name
  )
}

/** What takes the place of nothing takes over the comment behind it. */
function carried(before: unknown, node: unknown): unknown {
  const isGrown = isScalar(before) && before.comment && (isMap(node) || isSeq(node))
  if (isGrown) node.commentBefore = before.comment ?? null
  return node
}

/** Plain texts as readers of YAML 1.1 and 1.2 take them; undefined: nothing. */
function typedOf({ type, value }: Scalar): TypedValue | undefined {
  if (value === null || value === undefined) return undefined
  const text = String(value)
  if (type !== 'PLAIN') return { type: 'string', text }
  if (/^(?:|~|null)$/i.test(text)) return undefined
  if (/^(?:true|false|yes|no|on|off)$/i.test(text)) return { type: 'boolean', text }
  return { type: looksLikeNumber(text) ? 'number' : 'string', text }
}

function looksLikeNumber(text: string): boolean {
  return /^[-+]?(?:(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:e[-+]?\d+)?|0x[\da-f_]+|0o[0-7]+|\.inf|\.nan)$/i.test(
    text
  )
}

const otherwise = /^(?:|~|null|true|false|yes|no|on|off|y|n|=|<<|[-+]?\d+(?::\d+)+(?:\.\d*)?)$/i

/** Text that would be read as something else is quoted. */
function styleOf({ type, text }: TypedValue, before: Scalar.Type | undefined): Scalar.Type {
  if (type !== 'string') return 'PLAIN'
  if (before === 'QUOTE_SINGLE' || before === 'QUOTE_DOUBLE') return before
  const isOther = otherwise.test(text) || looksLikeNumber(text) || /^\d{4}-\d/.test(text)
  return isOther || /[\r\n]/.test(text) ? 'QUOTE_DOUBLE' : 'PLAIN'
}
