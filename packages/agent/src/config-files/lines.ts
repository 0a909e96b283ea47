/** A text's lines, each with the line end that it has. */
export function linesOf(text: string): { line: string; end: string }[] {
  return [...text.matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g)]
    .map(([, line = '', end = '']) => ({ line, end }))
    .filter(({ line, end }) => line !== '' || end !== '')
}

/** What a text lacks to end in a line end. */
export function endFor(text: string, lineEnd: string): string {
  return /[\r\n]$/.test(text) ? '' : lineEnd
}

/** The line end that a text uses. */
export function lineEndOf(text: string): string {
  return /\r\n|\n|\r/.exec(text)?.[0] ?? '\n'
}
