import { isDeepStrictEqual } from 'node:util'
import type { AltCopy } from './alt-copy.ts'
import type { VariableView } from './templates.schema.ts'

/** What is other than before, in words that hold no value of a variable and no line of a script. */
export interface AltDifference {
  /** e.g. startup, config.stop, variables.MAP */
  part: string
  message: string
  /** Only for those who see variables that are hidden from users. */
  hidden: boolean
}

/** What becomes of servers that go from one version of an alt to another; empty when nothing does. */
export function altChanges(before: AltCopy, after: AltCopy): AltDifference[] {
  return [
    ...fields(before, after),
    ...configChanges(before.config, after.config),
    ...variableChanges(before.variables, after.variables)
  ]
}

const plain = {
  dockerImages: 'other images to choose from',
  startup: 'another startup line',
  features: 'other features',
  installContainer: 'another image for the installation',
  installEntrypoint: 'another shell for the installation',
  installScript: 'another install script'
} as const

function fields(before: AltCopy, after: AltCopy): AltDifference[] {
  const parts = Object.keys(plain) as (keyof typeof plain)[]
  const changed = parts.filter(part => !isDeepStrictEqual(before[part], after[part]))
  return [
    ...moved('dockerImage', 'image', before.dockerImage, after.dockerImage),
    ...moved('startupMode', 'startup mode', before.startupMode, after.startupMode),
    ...changed.map(part => difference(part, plain[part]))
  ]
}

function moved(part: string, what: string, before: string, after: string): AltDifference[] {
  return before === after ? [] : [difference(part, `${what} ${after} instead of ${before}`)]
}

const ofConfig: Record<string, string> = {
  done: 'it is ready by other words',
  stop: 'it is stopped in another way',
  files: 'other rules for configuration files',
  tty: 'another terminal setting',
  readOnlyRoot: 'another rule for what it may write',
  stripAnsi: 'colours are treated in another way'
}

function configChanges(before: unknown, after: unknown): AltDifference[] {
  const [old, now] = [branchOf(before), branchOf(after)]
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort()
  return names
    .filter(name => !isDeepStrictEqual(old[name], now[name]))
    .map(name => difference(`config.${name}`, ofConfig[name] ?? 'another setting'))
}

function branchOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

const ofVariable = {
  name: 'name',
  description: 'description',
  defaultValue: 'default',
  rules: 'rules',
  userViewable: 'who sees it',
  userEditable: 'who changes it'
} as const

function variableChanges(
  before: readonly VariableView[],
  after: readonly VariableView[]
): AltDifference[] {
  const old = new Map(before.map(variable => [variable.envVariable, variable]))
  const now = new Map(after.map(variable => [variable.envVariable, variable]))
  const removed = before.filter(({ envVariable }) => !now.has(envVariable))
  const stayed = (list: readonly VariableView[], other: Map<string, VariableView>) =>
    list.map(({ envVariable }) => envVariable).filter(name => other.has(name))
  return [
    ...after.flatMap(variable => {
      const was = old.get(variable.envVariable)
      if (!was) return [ofOne(variable, 'is new')]
      const parts = Object.keys(ofVariable) as (keyof typeof ofVariable)[]
      const changed = parts.filter(part => !isDeepStrictEqual(was[part], variable[part]))
      const words = changed.map(part => ofVariable[part]).join(', ')
      return changed.length === 0 ? [] : [ofOne(variable, `changes: ${words}`)]
    }),
    ...removed.map(variable => ofOne(variable, 'is gone')),
    ...(isDeepStrictEqual(stayed(before, now), stayed(after, old))
      ? []
      : [difference('variables', 'variables in another order')])
  ]
}

function ofOne(variable: VariableView, what: string): AltDifference {
  const { name, envVariable, userViewable } = variable
  const message = `variable ${name} (${envVariable}) ${what}`
  return { part: `variables.${envVariable}`, message, hidden: !userViewable }
}

function difference(part: string, message: string): AltDifference {
  return { part, message, hidden: false }
}
