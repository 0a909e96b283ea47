import { isIP } from 'node:net'
import { isEmailAddress } from '../users/user-names.ts'

/** What a rule is told besides the value. */
export interface RuleFacts {
  /** Whether the value counts by its worth: a rule beside this one says that it is a number. */
  isNumber: boolean
  /** What another variable of the server has. */
  otherValue(name: string): string | undefined
}

/** One rule of the community's: Laravel's words, with the value always a text. */
export interface RuleKind {
  /** What it needs after its colon. */
  takes: 'nothing' | 'options' | 'number' | 'two numbers' | 'list' | 'number or variable'
  /** An empty value keeps all rules but these. */
  ofEmpty?: true
  isKept(value: string, args: readonly string[], facts: RuleFacts): boolean
  /** What would be right: words that follow the variable's name. */
  says(args: readonly string[], facts: RuleFacts): string
}

export const ruleKinds: Record<string, RuleKind> = {
  required: { ...plain(value => value.trim() !== '', 'must be given'), ofEmpty: true },
  filled: { ...plain(value => value.trim() !== '', 'must be given'), ofEmpty: true },
  required_if: {
    takes: 'list',
    ofEmpty: true,
    isKept: (value, [other = '', ...values], { otherValue }) =>
      value.trim() !== '' || !values.includes(otherValue(other) ?? ''),
    says: ([other = '', ...values]) => `must be given when ${variableIn(other)} is ${oneOf(values)}`
  },
  accepted: {
    ...plain(value => ['yes', 'on', '1', 'true'].includes(value), 'must be 1, yes, on or true'),
    ofEmpty: true
  },

  // Each variable always has a value, if only an empty one, and no rule is asked of an empty one.
  nullable: plain(() => true, ''),
  present: plain(() => true, ''),
  sometimes: plain(() => true, ''),
  string: plain(() => true, ''),
  bail: plain(() => true, ''),

  numeric: plain(isNumeric, 'must be a number'),
  integer: plain(isInteger, 'must be a whole number'),
  boolean: plain(value => value === '0' || value === '1', 'must be 1 (yes) or 0 (no)'),
  digits: {
    takes: 'number',
    isKept: (value, [count]) => /^\d+$/.test(value) && value.length === Number(count),
    says: ([count]) => `must be ${count} digits`
  },
  digits_between: {
    takes: 'two numbers',
    isKept: (value, [low, high]) =>
      /^\d+$/.test(value) && value.length >= Number(low) && value.length <= Number(high),
    says: ([low, high]) => `must be ${low} to ${high} digits`
  },

  min: sized('at least', order => order >= 0),
  max: sized('at most', order => order <= 0),
  size: sized('exactly', order => order === 0),
  between: {
    takes: 'two numbers',
    isKept: (value, [low = '', high = ''], { isNumber }) => {
      const size = sizeOf(value, isNumber)
      return compare(size, low) >= 0 && compare(size, high) <= 0
    },
    says: ([low, high], { isNumber }) =>
      isNumber ? `must be between ${low} and ${high}` : `must be ${low} to ${high} characters long`
  },
  gt: compared('more than', order => order > 0),
  gte: compared('at least', order => order >= 0),
  lt: compared('less than', order => order < 0),
  lte: compared('at most', order => order <= 0),

  alpha: letters(/^[\p{L}\p{M}]+$/u, /^[a-zA-Z]+$/, 'letters'),
  alpha_num: letters(/^[\p{L}\p{M}\p{N}]+$/u, /^[a-zA-Z0-9]+$/, 'letters and digits'),
  alpha_dash: letters(/^[\p{L}\p{M}\p{N}_-]+$/u, /^[a-zA-Z0-9_-]+$/, 'letters, digits, - and _'),
  in: listed((value, list) => list.includes(value), 'must be one of', 'must be'),
  not_in: listed((value, list) => !list.includes(value), 'must be none of', 'must not be'),
  starts_with: listed(
    (value, list) => list.some(start => value.startsWith(start)),
    'must begin with one of',
    'must begin with'
  ),
  ends_with: listed(
    (value, list) => list.some(end => value.endsWith(end)),
    'must end with one of',
    'must end with'
  ),

  url: {
    takes: 'options',
    isKept: (value, schemes) =>
      isUrl(value) &&
      (schemes.length === 0 || schemes.some(scheme => value.startsWith(`${scheme}://`))),
    says: ([scheme = 'https']) => `must be an address like ${scheme}://example.com/path`
  },
  email: plain(isEmailAddress, 'must be an e-mail address'),
  ip: plain(isAddress, 'must be an IP address'),
  ipv4: plain(value => isIP(value) === 4, 'must be an IPv4 address like 192.0.2.1'),
  ipv6: plain(
    value => isIP(value) === 6 && isAddress(value),
    'must be an IPv6 address like 2001:db8::1'
  ),
  json: plain(isJson, 'must be JSON'),
  date: plain(isDate, 'must be a date like 2030-12-31'),
  timezone: plain(isTimeZone, 'must be a time zone like Europe/Berlin')
}

function plain(isKept: (value: string) => boolean, right: string): RuleKind {
  return { takes: 'nothing', isKept, says: () => right }
}

function sized(words: string, isKept: (order: number) => boolean): RuleKind {
  return {
    takes: 'number',
    isKept: (value, [limit = ''], { isNumber }) => isKept(compare(sizeOf(value, isNumber), limit)),
    says: ([limit], { isNumber }) =>
      isNumber ? `must be ${words} ${limit}` : `must be ${words} ${limit} characters long`
  }
}

/** With a number behind it: of numbers only. With a variable: by worth if both are numbers, else by length. */
function compared(words: string, isKept: (order: number) => boolean): RuleKind {
  return {
    takes: 'number or variable',
    isKept(value, [limit = ''], { isNumber, otherValue }) {
      if (isNumeric(limit)) return isNumeric(value) && isKept(compare(value, limit))
      const other = otherValue(limit)
      if (other === undefined) return false
      return isKept(compare(sizeOf(value, isNumber), sizeOf(other, isNumber)))
    },
    says: ([limit = '']) =>
      isNumeric(limit)
        ? `must be a number, ${words} ${limit}`
        : `must be ${words} ${variableIn(limit)}`
  }
}

function letters(pattern: RegExp, ascii: RegExp, words: string): RuleKind {
  return {
    takes: 'options',
    isKept: (value, [kind]) => (kind === 'ascii' ? ascii : pattern).test(value),
    says: ([kind]) => `may hold ${words} only${kind === 'ascii' ? ', without accents' : ''}`
  }
}

function listed(
  isKept: (value: string, list: readonly string[]) => boolean,
  ofSome: string,
  ofOne: string
): RuleKind {
  return {
    takes: 'list',
    isKept,
    says: list => `${list.length > 1 ? ofSome : ofOne} ${oneOf(list)}`
  }
}

/** `environment.X` is how the peers' rules name X. */
export function variableIn(argument: string): string {
  return argument.replace(/^environment\./, '')
}

const SHOWN = 20

function oneOf(list: readonly string[]): string {
  const shown = list.filter(text => text !== '').slice(0, SHOWN)
  const more = list.length > SHOWN ? [`… (${list.length} in all)`] : []
  return [...shown, ...more].join(', ')
}

export function isNumeric(text: string): boolean {
  return text.length <= 400 && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)
}

/** As PHP reads one: no leading zeros, and not longer than 64 bits. */
function isInteger(text: string): boolean {
  if (!/^[+-]?(0|[1-9]\d{0,18})$/.test(text)) return false
  return BigInt.asIntN(64, BigInt(text.replace('+', ''))) === BigInt(text.replace('+', ''))
}

/** Numbers count by their worth, everything else by its length. */
function sizeOf(value: string, isNumber: boolean): string {
  return isNumber && isNumeric(value) ? value : String([...value].length)
}

/** Below, equal or above 0. Whole numbers are exact however long. */
function compare(one: string, other: string): number {
  const isWhole = /^[+-]?\d+$/
  if (!isWhole.test(one) || !isWhole.test(other)) return Number(one) - Number(other)
  const difference = BigInt(one.replace('+', '')) - BigInt(other.replace('+', ''))
  return Number(difference)
}

/** A scheme, a host, perhaps a port and what follows. */
function isUrl(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#]+([/?#]\S*)?$/i.test(value) && URL.canParse(value)
}

/** Without the zone that Node would take behind a %. */
function isAddress(value: string): boolean {
  return isIP(value) !== 0 && !value.includes('%')
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value)
    return true
  } catch {
    return false
  }
}

/** Year, month and day by numbers, in the ways that people and programs write them, with or without a time. */
function isDate(value: string): boolean {
  const time =
    '(?:[T ]+\\d{1,2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)? ?(?:Z|UTC|[+-]\\d{2}:?\\d{2})?)?'
  const found =
    new RegExp(`^(?<y>\\d{4})([-/])(?<m>\\d{1,2})\\2(?<d>\\d{1,2})${time}$`).exec(value) ??
    new RegExp(`^(?<d>\\d{1,2})([-.])(?<m>\\d{1,2})\\2(?<y>\\d{4})${time}$`).exec(value) ??
    new RegExp(`^(?<m>\\d{1,2})/(?<d>\\d{1,2})/(?<y>\\d{4})${time}$`).exec(value)
  const { y, m, d } = found?.groups ?? {}
  const date = new Date(Date.UTC(Number(y), Number(m) - 1, Number(d)))
  return date.getUTCMonth() === Number(m) - 1 && date.getUTCDate() === Number(d)
}

function isTimeZone(value: string): boolean {
  if (!/^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*){0,2}$/.test(value)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }) !== undefined
  } catch {
    return false
  }
}
