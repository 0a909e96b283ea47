import { builtInNames, isTooLarge, nameProblem, valueProblem } from '../servers/environment.ts'
import { ruleProblems, rulesOf } from '../servers/variable-rules.ts'
import type { VariableView } from '../templates/templates.schema.ts'
import type { EggSource } from './egg-alt.ts'
import { type EggNotes, silent } from './egg-notes.ts'
import {
  type Branch,
  branchOf,
  isBranch,
  listOf,
  type Tree,
  textOf,
  withoutKeys
} from './egg-tree.ts'
import { descriptionWording, nameWording, sayAgain, wordsToKeep } from './egg-words.ts'

const MAX_VARIABLES = 200
const MAX_RULES = 64
const MAX_RULE_LENGTH = 16_384

/** To try whether an expression can be applied takes a millisecond at the worst. */
const MAX_EXPRESSIONS = 300
const isExpression = (rule: string) => /^\s*(not_?)?regex:/i.test(rule)

const knownKeys = [
  ...['name', 'description', 'env_variable', 'default_value', 'user_viewable', 'user_editable'],
  ...['rules', 'field_type', 'sort']
]

type VariableSource = NonNullable<EggSource['variables']>[number]

export interface EggVariables {
  variables: VariableView[]
  sources: VariableSource[]
  /** Those whose name comes again: other panels give a game the later one's value. */
  hidden: Tree[]
}

export function readVariables(raw: Tree | undefined, notes: EggNotes): EggVariables {
  const said = inOrder(listOf(raw))
  if (said.length > MAX_VARIABLES) {
    notes.refuse('variables', `are more than ${MAX_VARIABLES}`)
    return { variables: [], sources: [], hidden: [] }
  }
  const last = new Map(said.map((variable, at) => [envOf(variable), at]))
  const isLast = (variable: Tree, at: number) => last.get(envOf(variable)) === at
  const hidden = said.filter((variable, at) => !isLast(variable, at))
  for (const variable of hidden) {
    notes.warn(
      'variable-twice',
      `variables.${envOf(variable)}`,
      'comes again: the later one counts'
    )
  }
  const read = said.filter(isLast).map(variable => readVariable(variable, notes))
  const variables = read.map(({ variable }) => variable)
  warnOfRules(variables, notes)
  const defaults = variables.map(({ envVariable, defaultValue }) => [envVariable, defaultValue])
  if (isTooLarge(Object.fromEntries(defaults))) {
    notes.warn('variables-long', 'variables', 'are together longer than what a game is told')
  }
  return {
    variables,
    sources: read.flatMap(({ source }) => source ?? []),
    hidden: hidden.map(variable => withoutKeys(branchOf(variable), ['sort']))
  }
}

function envOf(raw: Tree): string {
  return textOf(branchOf(raw).env_variable)?.trim() ?? ''
}

/** Where each says its place, that is the order. */
function inOrder(said: Tree[]): Tree[] {
  const placed = said.map(raw => ({ raw, sort: branchOf(raw).sort }))
  if (!placed.every(({ sort }) => typeof sort === 'number')) return said
  return placed.sort((a, b) => Number(a.sort) - Number(b.sort)).map(({ raw }) => raw)
}

function readVariable(tree: Tree, notes: EggNotes) {
  const raw = branchOf(tree)
  const envVariable = envOf(tree)
  const place = `variables.${envVariable}`
  if (!isBranch(tree) || envVariable === '') notes.refuse(place, 'has no env_variable')
  if (envVariable.length > 128) notes.refuse(place, 'has a name longer than 128 characters')
  if (/\p{C}/u.test(envVariable)) notes.refuse(place, 'has a name with control characters')
  const hasName = nameWording('').read(raw.name ?? '', silent) !== ''
  const title = hasName ? (raw.name ?? '') : envVariable
  const description = textOf(raw.description) ?? ''
  const rules = readRules(raw.rules)
  if (rules.length > MAX_RULES || rules.some(rule => rule.length > MAX_RULE_LENGTH)) {
    notes.refuse(`${place}.rules`, 'are too many or too long')
  }
  const variable: VariableView = {
    name: nameWording(`${place}.name`).read(title, notes),
    envVariable,
    description: descriptionWording(`${place}.description`).read(description, notes),
    defaultValue: defaultOf(raw.default_value, rules),
    rules,
    userViewable: isOn(raw.user_viewable),
    userEditable: isOn(raw.user_editable)
  }
  warnOf(variable, place, notes)
  return { variable, source: sourceOf(raw, variable, { title, description }) }
}

function sourceOf(
  raw: Branch,
  { envVariable }: VariableView,
  said: { title: Tree; description: string }
): VariableSource | undefined {
  const words = withoutUndefined({
    name: wordsToKeep(nameWording(''), said.title),
    description: wordsToKeep(descriptionWording(''), said.description)
  })
  const isPlain = raw.field_type === undefined || raw.field_type === 'text'
  const unknown = withoutKeys(
    raw,
    isPlain ? knownKeys : knownKeys.filter(key => key !== 'field_type')
  )
  if (Object.keys(words).length === 0 && Object.keys(unknown).length === 0) return undefined
  return {
    envVariable,
    ...(Object.keys(words).length > 0 && { words }),
    ...(Object.keys(unknown).length > 0 && { unknown })
  }
}

export function withoutUndefined(parts: Record<string, Tree | undefined>): Branch {
  return Object.fromEntries(
    Object.entries(parts).flatMap(([key, part]) => (part === undefined ? [] : [[key, part]]))
  )
}

/** A text with bars, a list, or (PHP) a list with gaps. They are stored as they are. */
function readRules(raw: Tree | undefined): string[] {
  if (typeof raw === 'string') return rulesOf(raw)
  return rulesOf(listOf(raw).flatMap(rule => textOf(rule) ?? []))
}

/** Switches become what their rules take. */
function defaultOf(raw: Tree | undefined, rules: readonly string[]): string {
  if (typeof raw === 'boolean' && rules.includes('boolean')) return raw ? '1' : '0'
  if (typeof raw === 'object' && raw !== null) return JSON.stringify(raw)
  return textOf(raw) ?? ''
}

function isOn(raw: Tree | undefined): boolean {
  return raw === true || raw === 1 || raw === '1' || raw === 'true'
}

/** A default is not held against its rules: that is asked when a server is made. */
function warnOf(variable: VariableView, place: string, notes: EggNotes): void {
  const { envVariable, defaultValue } = variable
  const name = nameProblem(envVariable)
  if (name !== undefined) {
    const isOwn = builtInNames.has(envVariable)
    notes.warn('variable-name', place, isOwn ? name : `${name}: games are not told of it`)
  } else if (envVariable !== envVariable.toUpperCase()) {
    const capitals = envVariable.toUpperCase()
    notes.warn('variable-case', place, `is given to games as ${capitals} by other panels`)
  }
  const value = valueProblem(defaultValue)
  if (value !== undefined) notes.warn('variable-default', `${place}.default_value`, value)
}

function warnOfRules(variables: readonly VariableView[], notes: EggNotes): void {
  let expressions = 0
  for (const { envVariable, rules } of variables) {
    const looked = rules.filter(rule => !isExpression(rule) || ++expressions <= MAX_EXPRESSIONS)
    for (const problem of ruleProblems(looked)) {
      notes.warn('variable-rule', `variables.${envVariable}.rules`, problem)
    }
  }
  if (expressions > MAX_EXPRESSIONS) {
    const message = `have more than ${MAX_EXPRESSIONS} expressions: the others are not looked at here`
    notes.warn('variable-rule', 'variables', message)
  }
}

/** The variables in the egg's words; `asText`: rules with bars between, where none has a bar in it. */
export function writeVariables(
  variables: readonly VariableView[],
  source: Pick<EggSource, 'variables' | 'hiddenVariables'>,
  asText: boolean
): Tree[] {
  const sources = new Map((source.variables ?? []).map(one => [one.envVariable, one]))
  const shown = new Set(variables.map(({ envVariable }) => envVariable))
  const hidden = (source.hiddenVariables ?? []).filter(variable => shown.has(envOf(variable)))
  const written = variables.map((variable, at): Branch => {
    const { words = {}, unknown = {} } = sources.get(variable.envVariable) ?? {}
    return {
      name: sayAgain(nameWording(''), variable.name, words.name),
      description: sayAgain(descriptionWording(''), variable.description, words.description),
      env_variable: variable.envVariable,
      default_value: variable.defaultValue,
      user_viewable: variable.userViewable,
      user_editable: variable.userEditable,
      rules: asText ? textOfRules(variable.rules) : [...variable.rules],
      // Behind those that nobody sees, whose order counts too.
      ...(asText ? { field_type: 'text' } : { sort: hidden.length + at + 1 }),
      ...unknown
    }
  })
  const before = hidden.map((variable, at) => ({
    ...branchOf(variable),
    ...(!asText && { sort: at + 1 })
  }))
  return [...before, ...written]
}

function textOfRules(rules: readonly string[]): Tree {
  return rules.some(rule => rule.includes('|')) ? [...rules] : rules.join('|')
}
