import { type ErrorDetail, validationFailed } from '../../errors.ts'
import { isTooLarge, nameProblem, valueProblem } from './environment.ts'
import { namesInRules, newRuleWork, ruleProblems, valueAgainstRules } from './variable-rules.ts'

/** A variable of an alt as a server meets it. */
interface AltVariableFacts {
  /** What people call it. */
  name: string
  envVariable: string
  defaultValue: string
  rules: readonly string[]
  userViewable: boolean
  userEditable: boolean
}

export interface ValuesRequest {
  variables: readonly AltVariableFacts[]
  /** What the server has of its own so far. */
  current: Readonly<Record<string, string>>
  /** Null: the default again. */
  given: Readonly<Record<string, string | null>>
  /** False: only what users may see and edit. */
  mayEditAll: boolean
  /** Of a new server, and of one that goes to another version, every variable has to keep its rules; else only what is given. */
  isNew: boolean
  /** What the template was chosen by. */
  field?: 'body.altId' | 'body.altVersion'
}

/** What is wrong with a variable, and the same as a sentence. */
interface Problem extends ErrorDetail {
  sentence?: string
}

/** A server's own values after a change; refuses what the alt's rules forbid and names each variable concerned. */
export function changedValues(request: ValuesRequest): Record<string, string> {
  const { variables, current, given, mayEditAll, isNew, field = 'body.altId' } = request
  const byName = new Map(variables.map(variable => [variable.envVariable, variable]))
  const isShown = ({ userViewable }: AltVariableFacts) => mayEditAll || userViewable
  const work = newRuleWork()
  const next = new Map(Object.entries(current).filter(([name]) => byName.has(name)))
  const problems: Problem[] = []
  /** What was given and is the caller's to give: nothing else leads to an answer about other variables. */
  const taken = new Set<string>()
  for (const [name, value] of Object.entries(given)) {
    const variable = byName.get(name)
    // One that is hidden is answered like one that is not there.
    if (!variable || !isShown(variable)) {
      problems.push(problemOf(name, 'is no variable of this alt'))
      continue
    }
    const refusal = refusalOf(variable, value, { ...request, work })
    if (refusal) {
      problems.push(problemOf(name, refusal, variable.name))
      continue
    }
    taken.add(name)
    if (value === null) next.delete(name)
    else next.set(name, value)
  }
  const values = Object.fromEntries(next)
  // Names of properties that every object has are names of variables too: only own ones are looked at.
  const all = Object.fromEntries(
    variables.map(one => [one.envVariable, next.get(one.envVariable) ?? one.defaultValue])
  )
  // Before the rules, so that what they look at is short.
  if (isTooLarge(all)) refuse([{ field: 'body.environment', message: 'is longer than 32 KiB' }])
  const asked = variables.filter(
    ({ envVariable, rules }) =>
      // What is not the template's to set is no game's either, whatever is in it.
      nameProblem(envVariable) === undefined &&
      (isNew || [envVariable, ...namesInRules(rules)].some(name => taken.has(name)))
  )
  const broken = asked.flatMap(variable => {
    const value = next.get(variable.envVariable) ?? variable.defaultValue
    const problem =
      valueProblem(value) ?? valueAgainstRules(value, variable.rules, { values: all, work })
    return problem ? [{ variable, problem }] : []
  })
  const told = broken.filter(({ variable }) => isShown(variable))
  refuse([
    ...problems,
    ...told.map(({ variable: { envVariable, name }, problem }) =>
      problemOf(envVariable, problem, name)
    ),
    ...(told.length < broken.length ? [isNew ? { ...unusable, field } : outOfReach] : [])
  ])
  return values
}

/** Why a value is not for the caller to give, whatever it is worth; undefined when it is. */
function refusalOf(
  variable: AltVariableFacts,
  value: string | null,
  request: ValuesRequest & { work: ReturnType<typeof newRuleWork> }
): string | undefined {
  const { envVariable, defaultValue, rules, userEditable } = variable
  const { current, mayEditAll, work } = request
  const name = nameProblem(envVariable)
  if (name) return name
  if (mayEditAll) return undefined
  if (!userEditable) return 'cannot be changed by you'
  // What cannot be held against its rules is the choice of those who answer for it.
  const before = Object.hasOwn(current, envVariable) ? current[envVariable] : defaultValue
  if (value === null || value === defaultValue || value === before) return undefined
  const [problem] = ruleProblems(rules, work)
  return problem && `can be changed by an administrator only: it ${problem}`
}

/** A hidden variable's name and rules are not for whoever only makes a server. */
const unusable = {
  message: 'is a template whose hidden variables need values that you may not give'
}
const outOfReach: ErrorDetail = {
  field: 'body.environment',
  message: 'needs values of hidden variables that you may not give'
}

function problemOf(envVariable: string, message: string, name?: string): Problem {
  const shown = envVariable.slice(0, 128)
  const known = name === undefined ? shown : `${name} (${shown})`
  return { field: `body.environment.${shown}`, message, sentence: `${known} ${message}` }
}

function refuse([first, ...others]: Problem[]): void {
  if (!first) return
  const detail = ({ sentence: _, ...rest }: Problem): ErrorDetail => rest
  throw validationFailed([detail(first), ...others.map(detail)], first.sentence)
}
