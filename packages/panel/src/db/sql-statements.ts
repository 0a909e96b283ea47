/** One statement of a script, as a reader of its meaning wants it. */
export interface SqlStatement {
  /** Without comments, in one line, with literals emptied. */
  text: string
  /** The comments in front of it and in it, each without its dashes. */
  comments: string[]
  /** Where it begins in the file. */
  line: number
}

/** Comments, literals, dollar quotes, quoted names, semicolons and the rest, in this order. */
const TOKENS =
  /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$|"(?:[^"]|"")*"|;|\s+|[^-/'$";\s]+|[\s\S]/g

export function splitSql(sql: string): SqlStatement[] {
  const statements: SqlStatement[] = []
  let current: SqlStatement = { text: '', comments: [], line: 0 }
  let line = 1
  const end = () => {
    const text = current.text.trim().replaceAll(/ +/g, ' ')
    if (text !== '') statements.push({ ...current, text })
    current = { text: '', comments: [], line: 0 }
  }
  for (const [token] of sql.matchAll(TOKENS)) {
    if (token === ';') end()
    else if (token.startsWith('--')) current.comments.push(token.slice(2).trim())
    else if (token.startsWith('/*')) current.comments.push(token.slice(2, -2).trim())
    else {
      if (current.text.trim() === '' && token.trim() !== '') current.line = line
      current.text += meaningOf(token)
    }
    line += token.split('\n').length - 1
  }
  end()
  return statements
}

function meaningOf(token: string): string {
  if (token.startsWith("'")) return "''"
  if (/^\$\w*\$/.test(token) && token.length > 2) return '$$'
  return token.trim() === '' ? ' ' : token
}
