import { RE2JS } from 're2js'

/** RE2 looks at each character once, so no expression and no text makes a search last for ever. */
export type PlainExpression = { ok: true; expression: RE2JS } | { ok: false; reason: string }

const PREFIX = 'regex:'
const MAX_LENGTH = 256
const MAX_COUNT = 500

/**
 * What a template looks for in a game's output and in its files, where it begins with `regex:`; undefined: it is a text
 * that stands for itself. Panel and agent read it alike: what the one takes, the other can apply.
 */
export function readPlainExpression(text: string): PlainExpression | undefined {
  if (!text.startsWith(PREFIX) || text.length === PREFIX.length) return undefined
  const source = text.slice(PREFIX.length)
  if (source.length > MAX_LENGTH) return no(`it is longer than ${MAX_LENGTH} characters`)
  if (countsOf(source) > MAX_COUNT) return no('it counts too far')
  try {
    return { ok: true, expression: RE2JS.compile(source) }
  } catch {
    return no(whyNotRe2(source))
  }
}

/** `x{1,255}` is 255 states: counts within counts multiply. */
function countsOf(source: string): number {
  const counts = [...source.matchAll(/\{(\d+)(?:,(\d*))?\}/g)]
  return counts.reduce((all, [, least, most]) => all * Math.max(1, Number(least), Number(most)), 1)
}

/** Why RE2 does not take it, in words that follow "for". */
export function whyNotRe2(source: string): string {
  if (/\(\?[=!]/.test(source)) return 'it looks ahead, which may take for ever'
  if (/\\[1-9gk]/.test(source)) return 'it refers back, which may take for ever'
  return 'it is not written as it should be, or only PCRE knows what it holds'
}

function no(reason: string): PlainExpression {
  return { ok: false, reason }
}
