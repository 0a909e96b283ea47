import { isDeepStrictEqual } from 'node:util'
import type { ErrorDetail } from '../../errors.ts'
import { environmentNames, isTooLarge, nameProblem, valueProblem } from '../servers/environment.ts'
import { startupProblems } from '../servers/startup.ts'
import { newRuleWork, type RuleWork, ruleProblems } from '../servers/variable-rules.ts'
import type { VariableView } from './templates.schema.ts'

/**
 * What is wrong with a template beyond the shape of its fields; empty when servers can be made of it. Variables that are
 * stored as they are given were taken once, an import's perhaps with rules that the panel cannot apply: they stay.
 */
export function altProblems(
  alt: {
    startup: string
    startupMode: 'ARGV' | 'SHELL_ENV'
    variables: readonly VariableView[]
  },
  stored: readonly VariableView[] = []
): ErrorDetail[] {
  const names = alt.variables.map(variable => variable.envVariable)
  const known = environmentNames(names)
  const work = newRuleWork()
  const defaults = Object.fromEntries(
    alt.variables.map(variable => [variable.envVariable, variable.defaultValue])
  )
  return [
    ...alt.variables.flatMap((variable, index) =>
      stored.some(one => isDeepStrictEqual(one, variable))
        ? []
        : variableProblems(variable, { index, work })
    ),
    ...(alt.startupMode === 'ARGV' ? startupProblems(alt.startup, known) : []).map(message => ({
      field: 'body.startup',
      message
    })),
    ...(isTooLarge(defaults)
      ? [{ field: 'body.variables', message: 'are together longer than 32 KiB' }]
      : []),
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map(name => ({ field: 'body.variables', message: `names ${name} twice` }))
  ]
}

/** A default need not keep the rules: a required value may well have none until a server is made. */
function variableProblems(
  variable: VariableView,
  { index, work }: { index: number; work: RuleWork }
): ErrorDetail[] {
  const field = `body.variables.${index}`
  const name = nameProblem(variable.envVariable)
  const value = valueProblem(variable.defaultValue)
  return [
    ...(name ? [{ field: `${field}.envVariable`, message: name }] : []),
    ...(value ? [{ field: `${field}.defaultValue`, message: value }] : []),
    ...ruleProblems(variable.rules, work).map(message => ({ field: `${field}.rules`, message }))
  ]
}
