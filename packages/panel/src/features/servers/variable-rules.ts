import { type Expression, readExpression } from './expression.ts'
import { isNumeric, type RuleFacts, type RuleKind, ruleKinds, variableIn } from './rule-kinds.ts'

/** A rule as alts write it, `name` or `name:argument`, and what the panel makes of it. */
type Rule =
  | { can: 'check'; kind: RuleKind; args: string[]; name: string }
  | { can: 'match'; expression: Expression; isWanted: boolean; shown: string }
  /** In words that follow the variable's name. */
  | { can: 'nothing'; problem: string }

/** What checking values has cost so far: counted, not timed, so that it is the same on any machine. */
export interface RuleWork {
  left: number
}

/** About a second of a processor at the very worst; the rules of a common server are a thousandth of it. */
export function newRuleWork(): RuleWork {
  return { left: 10_000_000 }
}

/** Making an expression is so many characters' work. */
const MAKING = 300
const TOO_MUCH =
  'is more work for the panel than it takes on: its template has too many expressions'

/** Why the panel cannot apply some of an alt's rules; empty when it can apply all. */
export function ruleProblems(rules: readonly string[], work = newRuleWork()): string[] {
  return rules
    .map(rule => readRule(rule, work))
    .flatMap(rule => (rule.can === 'nothing' ? [rule.problem] : []))
}

/** What is asked of a value beside the value itself. */
export interface ValueContext {
  /** The server's other variables by name. */
  values?: Readonly<Record<string, string>>
  work?: RuleWork
}

/**
 * What would be right, in words that follow the variable's name; undefined when the value keeps all rules. An empty one
 * only has to be allowed. A rule that cannot be applied says nothing: `ruleProblems` knows which those are.
 */
export function valueAgainstRules(
  value: string,
  rules: readonly string[],
  { values = {}, work = newRuleWork() }: ValueContext = {}
): string | undefined {
  const read = rules.map(rule => readRule(rule, work))
  if (work.left < 0) return TOO_MUCH
  const facts = {
    isNumber: read.some(rule => rule.can === 'check' && /^(numeric|integer)$/.test(rule.name)),
    otherValue: (name: string) => {
      const key = variableIn(name)
      return Object.hasOwn(values, key) ? values[key] : undefined
    }
  }
  for (const rule of read) {
    const problem = problemWith(value, rule, { facts, work })
    if (problem) return problem
  }
  return undefined
}

function problemWith(
  value: string,
  rule: Rule,
  { facts, work }: { facts: RuleFacts; work: RuleWork }
): string | undefined {
  if (rule.can === 'nothing') return undefined
  if (rule.can === 'check') {
    if (value === '' && !rule.kind.ofEmpty) return undefined
    return rule.kind.isKept(value, rule.args, facts) ? undefined : rule.kind.says(rule.args, facts)
  }
  if (value === '') return undefined
  work.left -= rule.expression.weight * value.length
  if (work.left < 0) return TOO_MUCH
  if (rule.expression.test(value) === rule.isWanted) return undefined
  return `${rule.isWanted ? 'must match' : 'must not match'} the expression ${rule.shown}`
}

/** Rules that look at other variables: when those change, these are asked again. */
export function namesInRules(rules: readonly string[]): string[] {
  return rules.map(splitRule).flatMap(({ name, argument }) => {
    const args = listOf(argument)
    if (name === 'requiredif' || /^(gt|lt)e?$/.test(name)) return args.slice(0, 1).map(variableIn)
    return []
  })
}

/**
 * Rules come as a list or, as the community writes them, in one text with bars between; two of its files hold an
 * object. A bar always parts a text: an expression with one in it needs the list.
 */
export function rulesOf(rules: unknown): string[] {
  if (typeof rules === 'string') return rulesOf(rules.split('|'))
  if (typeof rules !== 'object' || rules === null) return []
  return Object.values(rules)
    .filter(rule => typeof rule === 'string')
    .map(rule => rule.trim())
    .filter(rule => rule !== '')
}

function readRule(rule: string, work: RuleWork): Rule {
  const { name, argument } = splitRule(rule)
  if (name === 'regex' || name === 'notregex') return readMatch(name, argument, work)
  const kind = kinds.get(name)
  if (!kind) {
    return { can: 'nothing', problem: `has a rule that the panel does not know: ${cut(rule)}` }
  }
  const args = listOf(argument)
  const missing = missingIn(kind, args)
  if (missing) return { can: 'nothing', problem: `needs ${missing} in its rule ${cut(rule)}` }
  return { can: 'check', kind, args, name }
}

function readMatch(name: string, argument: string, work: RuleWork): Rule {
  const shown = cut(argument)
  const says = (reason: string): Rule => {
    const problem = `has an expression that the panel cannot apply, for ${reason}: ${shown}`
    return { can: 'nothing', problem }
  }
  if (work.left < 0) return says('all of them together are too much work')
  const read = readExpression(argument)
  if (!read.ok) return says(read.reason)
  work.left -= read.expression.weight * MAKING
  return { can: 'match', expression: read.expression, isWanted: name === 'regex', shown }
}

function missingIn({ takes }: RuleKind, args: string[]): string | undefined {
  const [first = '', second = ''] = args
  switch (takes) {
    case 'number':
      return isNumeric(first) ? undefined : 'a number'
    case 'two numbers':
      return isNumeric(first) && isNumeric(second) ? undefined : 'two numbers'
    case 'number or variable':
      return first === '' ? 'a number or a variable' : undefined
    case 'list':
      return args.length > 0 ? undefined : 'a list'
    case 'nothing':
    case 'options':
      return undefined
  }
}

/** Names are found as the peers find them: `digitsBetween`, `Nullable` and `digits-between` are known too. */
function bare(name: string): string {
  return name.replace(/[\s_-]/g, '').toLowerCase()
}

const aliases: ReadonlyMap<string, string> = new Map([
  ['int', 'integer'],
  ['bool', 'boolean']
])
const kinds: ReadonlyMap<string, RuleKind> = new Map(
  Object.entries(ruleKinds).map(([name, kind]) => [bare(name), kind])
)

function splitRule(rule: string): { name: string; argument: string } {
  const colon = rule.indexOf(':')
  const name = bare(colon < 0 ? rule : rule.slice(0, colon))
  return { name: aliases.get(name) ?? name, argument: colon < 0 ? '' : rule.slice(colon + 1) }
}

/** Parted by commas, of which those in double quotes part nothing. */
function listOf(argument: string): string[] {
  if (argument === '') return []
  if (!argument.includes('"')) return argument.split(',').map(text => text.trim())
  const parts: string[] = []
  let part = ''
  let isQuoted = false
  for (let at = 0; at < argument.length; at++) {
    const char = argument.charAt(at)
    if (char === ',' && !isQuoted) {
      parts.push(part.trim())
      part = ''
    } else if (isQuoted && char === '"' && argument.charAt(at + 1) === '"') {
      part += char
      at++
    } else if (char === '"' && (isQuoted || part.trim() === '')) {
      isQuoted = !isQuoted
    } else {
      part += char
    }
  }
  return [...parts, part.trim()]
}

/** What is not ours to repeat at length. */
function cut(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
