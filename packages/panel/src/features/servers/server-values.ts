import { type ErrorDetail, validationFailed } from '../../errors.ts'
import { isTooLarge, valueProblem } from './environment.ts'
import { valueAgainstRules } from './variable-rules.ts'

/** A variable of an alt as a server meets it. */
interface AltVariableFacts {
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
  /** Of a new server every variable has to keep its rules, later only what is given. */
  isNew: boolean
}

/** A server's own values after a change; refuses what the alt's rules forbid and names each variable concerned. */
export function changedValues(request: ValuesRequest): Record<string, string> {
  const { variables, current, given, mayEditAll, isNew } = request
  const byName = new Map(variables.map(variable => [variable.envVariable, variable]))
  const next = new Map(Object.entries(current).filter(([name]) => byName.has(name)))
  const problems: ErrorDetail[] = []
  for (const [name, value] of Object.entries(given)) {
    const variable = byName.get(name)
    const isOpen = mayEditAll || (variable?.userViewable && variable.userEditable)
    // One that is hidden is answered like one that is not there.
    if (!variable || (!mayEditAll && !variable.userViewable)) {
      problems.push(problemOf(name, 'is no variable of this alt'))
    } else if (!isOpen) {
      problems.push(problemOf(name, 'cannot be changed by you'))
    } else if (value === null) {
      next.delete(name)
    } else {
      next.set(name, value)
    }
  }
  const values = Object.fromEntries(next)
  const checked = variables.filter(({ envVariable }) => isNew || Object.hasOwn(given, envVariable))
  const isShown = ({ userViewable }: AltVariableFacts) => mayEditAll || userViewable
  const hidden = isNew ? variables.filter(variable => !isShown(variable)) : []
  refuse([
    ...problems,
    ...valueProblems(checked.filter(isShown), values),
    ...(valueProblems(hidden, values).length > 0 ? [unusable] : []),
    ...sizeProblems(variables, values)
  ])
  return values
}

/** A hidden variable's name and rules are not for whoever only makes a server. */
const unusable: ErrorDetail = {
  field: 'body.altId',
  message: 'is a template whose hidden variables need values that you may not give'
}

function valueProblems(
  variables: readonly AltVariableFacts[],
  values: Readonly<Record<string, string>>
): ErrorDetail[] {
  return variables.flatMap(({ envVariable, defaultValue, rules }) => {
    const value = values[envVariable] ?? defaultValue
    const problem = valueProblem(value) ?? valueAgainstRules(value, rules)
    return problem ? [problemOf(envVariable, problem)] : []
  })
}

function sizeProblems(
  variables: readonly AltVariableFacts[],
  values: Readonly<Record<string, string>>
): ErrorDetail[] {
  const all = variables.map(
    ({ envVariable, defaultValue }) => [envVariable, values[envVariable] ?? defaultValue] as const
  )
  const problem = { field: 'body.environment', message: 'is longer than 32 KiB' }
  return isTooLarge(Object.fromEntries(all)) ? [problem] : []
}

function problemOf(name: string, message: string): ErrorDetail {
  return { field: `body.environment.${name.slice(0, 128)}`, message }
}

function refuse([first, ...others]: ErrorDetail[]): void {
  if (first) throw validationFailed([first, ...others])
}
