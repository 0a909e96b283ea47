import { whyNotRe2 } from '@ctrl-alt-play/protocol'
import { RE2JS } from 're2js'

/** An expression of a rule that the panel can apply. */
export interface Expression {
  test(value: string): boolean
  /** About the number of its states: so much work is each character, and so much it is to make it. */
  weight: number
}

export type ReadExpression = { ok: true; expression: Expression } | { ok: false; reason: string }

const MAX_LENGTH = 2_000
/** `x{1,255}` weighs 255. */
const MAX_WEIGHT = 1_000

/**
 * Reads `/…/flags` as PHP's preg writes them, for RE2: it looks at each character once, so no expression makes the
 * panel search for ever, and no deadline decides on a busy machine what is right. What cannot be told that way
 * (look-ahead, back-references, atomic groups) is not applied.
 */
export function readExpression(text: string): ReadExpression {
  if (text.length > MAX_LENGTH) return no(`it is longer than ${MAX_LENGTH} characters`)
  const parts = partsOf(text.trim())
  if (!parts) return no('it has no delimiters as in /^[a-z]+$/, or a | in a text of rules cut it')
  const { pattern, flags } = parts
  const unknown = [...flags].find(flag => !'imsxuADUXJSnr \n'.includes(flag))
  if (unknown !== undefined) return no(`PHP has no flag ${unknown}`)
  const { source, weight } = translate(pattern, flags)
  if (weight > MAX_WEIGHT) return no('it counts too far')
  try {
    const compiled = RE2JS.compile(source, optionsOf(flags))
    return { ok: true, expression: { test: value => compiled.test(value), weight } }
  } catch {
    return no(whyNotRe2(pattern))
  }
}

const closing: Record<string, string> = { '(': ')', '[': ']', '{': '}', '<': '>' }

/** The first character says what ends the expression; brackets pair, and nest. */
function partsOf(text: string): { pattern: string; flags: string } | undefined {
  const open = text.charAt(0)
  if (!/^[^\p{L}\p{N}\\]/u.test(text)) return undefined
  const close = closing[open] ?? open
  let depth = 1
  for (let at = 1; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\\') at++
    else if (char === close) depth--
    else if (char === open) depth++
    if (depth === 0) return { pattern: text.slice(1, at), flags: text.slice(at + 1) }
  }
  return undefined
}

/** U, X, J, S, n and r do not change whether a value matches, D only one with a line's end in it. */
function optionsOf(flags: string): number {
  const options = { i: RE2JS.CASE_INSENSITIVE, s: RE2JS.DOTALL, m: RE2JS.MULTILINE }
  return Object.entries(options).reduce(
    (sum, [flag, option]) => (flags.includes(flag) ? sum | option : sum),
    RE2JS.LOOKBEHINDS
  )
}

function no(reason: string): ReadExpression {
  return { ok: false, reason }
}

const pcreOnly: Record<string, string> = { h: '\\t\\p{Zs}', e: '\\x1b' }
/** What PHP's flag u makes of the classes. */
const unicode: Record<string, string> = { w: '_\\p{L}\\p{N}', d: '\\p{Nd}', s: '\\s\\p{Z}' }
/** A letter after a backslash that means something; PHP takes any other for the letter. */
const meaningful = /^[aAbBcCdDEfgGHkKnopPQrRsStvVwWxXz0-9]/

const token =
  /\\([pPx]\{[^}]*\}|[pP]\w|.)|\[(\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*)\]|(\((?:\?:)?)|(\))|\{(\d+)(?:,(\d*))?\}|./gsu

/**
 * Says for RE2 what PCRE says otherwise, and weighs the expression before anything is made of it: what counts to a
 * million must not even be compiled.
 */
function translate(pattern: string, flags: string): { source: string; weight: number } {
  const classes: Record<string, string> = flags.includes('u')
    ? { ...pcreOnly, ...unicode }
    : pcreOnly
  const ignoresCase = flags.includes('i') || /\(\?[a-z]*i/.test(pattern)
  /** What the open groups weigh, the innermost last. */
  const groups = [0]
  /** What a count repeats. */
  let last = 0
  let lists = 0

  function weigh(states: number): void {
    last = states
    groups.push((groups.pop() ?? 0) + states)
  }
  /** A class beyond ASCII is a long list, made once; to ignore case each letter of it is looked up. */
  function listOf(text: string): number {
    if (!/\\[pPx]|[^\0-\u007f]/.test(text)) return 0
    return ignoresCase ? 50 : 10
  }
  function outside(letter: string): string {
    if (letter === 'N') return '[^\\n]'
    if (letter === 'Z') return '\\z'
    const negated = /^[WDSH]$/.test(letter) ? classes[letter.toLowerCase()] : undefined
    if (negated) return `[^${negated}]`
    return classes[letter] ? `[${classes[letter]}]` : plain(letter)
  }
  function inside(text: string): string {
    const escapes = /\\([pPx]\{[^}]*\}|[pP]\w|.)/gsu
    return `[${text.replace(escapes, (_, letter: string) => classes[letter] ?? plain(letter))}]`
  }

  const bare = flags.includes('x') ? withoutBlanks(pattern) : pattern
  const tokens = [...bare.matchAll(token)].map(([text, letter, inClass, open, close, ...count]) => {
    const [least, most] = count
    if (open) groups.push(0)
    else if (close) weigh(groups.length > 1 ? (groups.pop() ?? 0) : 1)
    else if (least) weigh(last * Math.max(Number(least) - 1, Number(most ?? 0) - 1, 0))
    if (open || close || least) return text
    let one = text
    if (letter !== undefined) one = outside(letter)
    if (inClass !== undefined) one = inside(inClass)
    weigh(1)
    lists += listOf(one)
    return one
  })
  const source = tokens.join('')
  return {
    source: flags.includes('A') ? `\\A(?:${source})` : source,
    weight: groups.reduce((sum, states) => sum + states, lists)
  }
}

function plain(escaped: string): string {
  const isLetter = /^\p{L}$|^[^\0-\u007f]/u.test(escaped)
  return isLetter && !meaningful.test(escaped) ? escaped : `\\${escaped}`
}

/** The flag x: blanks and comments outside of classes are there for the reader. */
function withoutBlanks(pattern: string): string {
  return pattern.replace(/(\\.|\[\^?\]?(?:\\.|[^\]\\])*\])|\s+|#[^\n]*/gs, '$1')
}
