import type { ErrorDetail } from '../../errors.ts'
import { type ConfigFile, editProblems, leadsOut } from '../eggs/config-files.ts'
import { resolveConfigFiles } from '../servers/config-files.ts'
import { environmentNames } from '../servers/environment.ts'
import { configFilesOf, doneProblem, readAltConfig } from './alt-config.ts'
import type { VariableView } from './templates.schema.ts'

/** A config as it is stored, and the variables that it may name. */
export interface ConfigFacts {
  config: unknown
  variables: readonly Pick<VariableView, 'envVariable' | 'defaultValue'>[]
}

/**
 * What nodes could not carry out of a config. What was so in `stored` already stays: an import keeps it, and whoever
 * imported was told.
 */
export function configProblems(config: ConfigFacts, stored?: ConfigFacts): ErrorDetail[] {
  const known = new Set(stored ? problemsOf(stored).map(({ about }) => about) : [])
  return problemsOf(config).flatMap(({ about, detail }) => (known.has(about) ? [] : [detail]))
}

interface Problem {
  /** The same for the same mistake, wherever in its list it stands. */
  about: string
  detail: ErrorDetail
}

const FILES = 'body.config.files'

function problemsOf({ config, variables }: ConfigFacts): Problem[] {
  const files = configFilesOf(config)
  const names = environmentNames(variables.map(({ envVariable }) => envVariable))
  const defaults = Object.fromEntries(
    variables.map(({ envVariable, defaultValue }) => [envVariable, defaultValue])
  )
  const isTooLong = resolveConfigFiles({ files }, defaults).some(file => file.problem !== undefined)
  const paths = files.map(({ path }) => path)
  return [
    ...readAltConfig(config).done.flatMap((text, index) => {
      const message = doneProblem(text)
      return message ? [found(text, `body.config.done.${index}`, message)] : []
    }),
    ...repeated(paths).map(index =>
      found(paths[index], `${FILES}.${index}.path`, 'is there twice')
    ),
    ...files.flatMap(fileProblems),
    ...editProblems(files, names).map(({ file, edit, message }) => {
      const [at, of] = [files.indexOf(file), file.find.indexOf(edit)]
      return found(`${file.path} ${edit.match}`, `${FILES}.${at}.find.${of}`, message)
    }),
    ...(isTooLong ? [found('', FILES, 'are together more than a node is sent')] : [])
  ]
}

function fileProblems({ path, find }: ConfigFile, index: number): Problem[] {
  const at = `${FILES}.${index}`
  const plain = new Set(find.flatMap(edit => (edit.ifValue === undefined ? [edit.match] : [])))
  // An egg names each key once: two values of one, or one with a condition and one without, could not be exported.
  const keys = find.map(({ match, ifValue }) => (plain.has(match) ? match : `${match}\n${ifValue}`))
  return [
    ...(leadsOut(path) ? [found(path, `${at}.path`, "leads out of the server's files")] : []),
    ...repeated(keys).map(edit =>
      found(`${path} ${keys[edit]}`, `${at}.find.${edit}`, 'says twice what belongs there')
    )
  ]
}

/** The places of what was there before. */
function repeated(texts: readonly string[]): number[] {
  const seen = new Set<string>()
  return texts.flatMap((text, index) => (seen.size === seen.add(text).size ? [index] : []))
}

function found(about: string | undefined, field: string, message: string): Problem {
  return { about: `${about} ${message}`, detail: { field, message } }
}
