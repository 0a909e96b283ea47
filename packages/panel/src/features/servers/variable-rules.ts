import { RE2JS } from 're2js'

/** A rule as alts write it: `name` or `name:argument`. */
interface Rule {
  name: string
  argument: string
}

type Check = (value: string, argument: string, isNumber: boolean) => string | undefined

/** What the panel understands of the community's rules. Each says what is wrong, or nothing. */
const checks: Record<string, Check> = {
  required: value => (value === '' ? 'must be given' : undefined),
  nullable: () => undefined,
  string: () => undefined,
  numeric: value => (isNumeric(value) ? undefined : 'must be a number'),
  integer: value => (/^-?\d+$/.test(value) ? undefined : 'must be a whole number'),
  boolean: value => (value === '0' || value === '1' ? undefined : 'must be 0 or 1'),
  alpha_num: value =>
    /^[\p{L}\p{M}\p{N}]*$/u.test(value) ? undefined : 'may hold letters and digits only',
  alpha_dash: value =>
    /^[\p{L}\p{M}\p{N}_-]*$/u.test(value) ? undefined : 'may hold letters, digits, - and _ only',
  in: (value, argument) =>
    argument.split(',').includes(value) ? undefined : `must be one of ${argument}`,
  min: (value, argument, isNumber) =>
    sizeOf(value, isNumber) >= Number(argument) ? undefined : `must be at least ${argument}`,
  max: (value, argument, isNumber) =>
    sizeOf(value, isNumber) <= Number(argument) ? undefined : `must be at most ${argument}`,
  between(value, argument, isNumber) {
    const [low = 0, high = 0] = argument.split(',').map(Number)
    const size = sizeOf(value, isNumber)
    return size >= low && size <= high ? undefined : `must be between ${low} and ${high}`
  },
  regex: (value, argument) =>
    regexOf(argument)?.test(value) ? undefined : `must match ${argument}`
}
const aliases: Record<string, string> = { int: 'integer', bool: 'boolean' }

/** What is wrong with an alt's rules themselves; empty when the panel can apply them. */
export function ruleProblems(rules: readonly string[]): string[] {
  return rules.map(parseRule).flatMap(({ name, argument }) => {
    if (!Object.hasOwn(checks, name)) return [`has a rule that the panel does not know: ${name}`]
    if (name === 'regex' && !regexOf(argument))
      return [`has a regex that the panel cannot apply: ${argument}`]
    if ((name === 'min' || name === 'max') && !isNumeric(argument)) {
      return [`needs a number after ${name}:`]
    }
    if (name === 'between' && !/^-?[\d.]+,-?[\d.]+$/.test(argument)) {
      return ['needs two numbers after between:']
    }
    return []
  })
}

/** What is wrong with a value; undefined when it keeps all rules. An empty one only has to be allowed. */
export function valueAgainstRules(value: string, rules: readonly string[]): string | undefined {
  const parsed = rules.map(parseRule)
  const names = new Set(parsed.map(rule => rule.name))
  if (value === '' && !names.has('required')) return undefined
  const isNumber = names.has('numeric') || names.has('integer')
  for (const { name, argument } of parsed) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined
    const problem = check
      ? check(value, argument, isNumber)
      : `has a rule that the panel does not know: ${name}`
    if (problem) return problem
  }
  return undefined
}

/** Rules come as a list or, as the community writes them, in one text with bars between. */
export function rulesOf(rules: string | readonly string[]): string[] {
  const list = typeof rules === 'string' ? rules.split('|') : rules
  return list.map(rule => rule.trim()).filter(rule => rule !== '')
}

function parseRule(rule: string): Rule {
  const colon = rule.indexOf(':')
  const name = (colon < 0 ? rule : rule.slice(0, colon)).toLowerCase()
  return { name: aliases[name] ?? name, argument: colon < 0 ? '' : rule.slice(colon + 1) }
}

function isNumeric(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)
}

/** Numbers count by their worth, everything else by its length. */
function sizeOf(value: string, isNumber: boolean): number {
  return isNumber && isNumeric(value) ? Number(value) : [...value].length
}

/**
 * `/…/flags` as PHP writes them. RE2 looks at each letter once, so no expression makes the panel search for
 * ever; what cannot be told that way (look-around, back-references) is no rule.
 */
function regexOf(argument: string): RE2JS | undefined {
  const [, source = '', flags = ''] = /^\/(.*)\/([a-zA-Z]*)$/s.exec(argument) ?? []
  if (source === '') return undefined
  const flagged = flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0
  const dotted = flags.includes('s') ? RE2JS.DOTALL : 0
  const lined = flags.includes('m') ? RE2JS.MULTILINE : 0
  try {
    return RE2JS.compile(source, flagged | dotted | lined)
  } catch {
    return undefined
  }
}
