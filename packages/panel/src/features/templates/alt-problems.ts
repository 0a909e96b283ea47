import type { ErrorDetail } from '../../errors.ts'
import { builtInNames, isTooLarge, nameProblem, valueProblem } from '../servers/environment.ts'
import { startupProblems } from '../servers/startup.ts'
import { ruleProblems } from '../servers/variable-rules.ts'
import type { VariableView } from './templates.schema.ts'

/** What is wrong with a template beyond the shape of its fields; empty when servers can be made of it. */
export function altProblems(alt: {
  startup: string
  startupMode: 'ARGV' | 'SHELL_ENV'
  variables: readonly VariableView[]
}): ErrorDetail[] {
  const names = alt.variables.map(variable => variable.envVariable)
  const known = new Set([...names, ...builtInNames])
  const defaults = Object.fromEntries(
    alt.variables.map(variable => [variable.envVariable, variable.defaultValue])
  )
  return [
    ...alt.variables.flatMap(variableProblems),
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
function variableProblems(variable: VariableView, index: number): ErrorDetail[] {
  const field = `body.variables.${index}`
  const name = nameProblem(variable.envVariable)
  const value = valueProblem(variable.defaultValue)
  return [
    ...(name ? [{ field: `${field}.envVariable`, message: name }] : []),
    ...(value ? [{ field: `${field}.defaultValue`, message: value }] : []),
    ...ruleProblems(variable.rules).map(message => ({ field: `${field}.rules`, message }))
  ]
}
