import { Composer, Document, Lexer, Parser, type ToJSOptions, visit } from 'yaml'
import {
  type Branch,
  eggLimits,
  refuse,
  type TreeResult,
  tooDeep,
  withinLimits
} from './egg-tree.ts'

/** The library looks at each pair of names, and at each line of an error: both grow with the square. */
const options = { uniqueKeys: false, stringKeys: true, prettyErrors: false } as const
const toJs: ToJSOptions = { maxAliasCount: eggLimits.yamlAliases }
/** Of the parser's own stack: a document, and two for each level. */
const MAX_STACK = 2 * eggLimits.depth + 8

/**
 * Reads YAML; the text may be a hostile one. It is taken in token by token, and as soon as there are too
 * many of them, or they lead too deep, nothing more of it is looked at.
 */
export function readYaml(text: string): TreeResult {
  const parser = new Parser()
  const composer = new Composer(options)
  const documents: Document.Parsed[] = []
  const take = (tokens: ReturnType<Parser['next']>) => {
    for (const token of tokens) documents.push(...composer.next(token))
  }
  let count = 0
  let aliases = 0
  for (const lexeme of new Lexer().lex(text)) {
    if (++count > eggLimits.yamlTokens) return refuse('has more parts than any egg')
    if (lexeme.startsWith('*') && ++aliases > eggLimits.yamlAliases) {
      return refuse(`has more than ${eggLimits.yamlAliases} YAML aliases`)
    }
    take(parser.next(lexeme))
    if (parser.stack.length > MAX_STACK) return refuse(tooDeep)
  }
  take(parser.end())
  documents.push(...composer.end())
  const [document, another] = documents
  if (!document || another) return refuse('is not one YAML document')
  const [error] = document.errors
  if (error) return refuse(`is no YAML: ${error.message} at character ${error.pos[0]}`)
  return treeOf(document)
}

function treeOf(document: Document.Parsed): TreeResult {
  visit(document, {
    // 1.10 is a version, 007 a name: a number that would read otherwise stays as it was written.
    Scalar(_, node) {
      const { value, source } = node
      if (typeof value === 'number' && source !== undefined && String(value) !== source) {
        node.value = source
      }
    }
  })
  try {
    return withinLimits(document.toJS(toJs))
  } catch (err) {
    return refuse(`is no YAML: ${err instanceof Error ? err.message : 'it cannot be read'}`)
  }
}

/** Writes YAML that readers of 1.1 and of 1.2 take for the same: what looks like a time to one of them is quoted. */
export function writeYaml(tree: Branch): string {
  const document = new Document(tree, { aliasDuplicateObjects: false, compat: 'yaml-1.1' })
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === 'string' && /^\d/.test(node.value)) node.type = 'QUOTE_DOUBLE'
    }
  })
  return document.toString({ lineWidth: 0 })
}
