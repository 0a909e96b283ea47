import { createRoom, type Parser } from './edit.ts'
import { linesOf } from './lines.ts'
import { createReplacements, type Replace } from './replacement.ts'

/** `file`: a line that begins with an edit's match becomes its value; of several the longest match counts. */
/** `file`: a line that begins with an edit's match becomes its value; of several the longest match counts. */
export const editPlainFile: Parser = (text, edits) => {
  const room = createRoom()
  const replacementOf = createReplacements()
  const byFirst = new Map<string, { match: string; replace: Replace }[]>()
  for (const edit of [...edits].sort((a, b) => b.match.length - a.match.length)) {
    const first = edit.match.charAt(0)
    const others = byFirst.get(first) ?? []
    if (first !== '')
      byFirst.set(first, [...others, { match: edit.match, replace: replacementOf(edit) }])
  }
  const lines = linesOf(text).map(({ line, end }) => {
    for (const { match, replace } of byFirst.get(line.charAt(0)) ?? []) {
      const next = line.startsWith(match) ? replace(line) : undefined
      if (next !== undefined) return room(String(next)) + end
    }
    return line + end
  })
  return { text: lines.join(''), left: [] }
}
