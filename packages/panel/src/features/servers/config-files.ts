import { type ConfigEdit, ConfigFile } from '@ctrl-alt-play/protocol'
import { Value } from '@sinclair/typebox/value'
import { ConfigFiles, type ConfigFile as Template } from '../eggs/config-files.ts'
import { placeholderForm, placeholderOf } from '../eggs/placeholders.ts'

/** Of one server's files as they are sent: they ride in one message to the agent. */
const MAX_CONFIG_BYTES = 32_768
const MAX_FILES = 64

/**
 * A template's config files with this server's values in their places. A value that looks like a placeholder
 * stays what it is: nothing is looked at twice.
 */
export function resolveConfigFiles(
  config: unknown,
  environment: Readonly<Record<string, string>>
): ConfigFile[] {
  const stored = typeof config === 'object' && config !== null && 'files' in config && config.files
  if (!Value.Check(ConfigFiles, stored)) return []
  let bytes = 0
  return stored.slice(0, MAX_FILES).map(template => {
    const file = resolveFile(template, environment)
    const size = Buffer.byteLength(JSON.stringify(file))
    if (!Value.Check(ConfigFile, file) || bytes + size > MAX_CONFIG_BYTES) return tooLong(template)
    bytes += size
    return file
  })
}

function resolveFile(
  { path, parser, createFile = true, find }: Template,
  environment: Readonly<Record<string, string>>
): ConfigFile {
  const edits = find.map(({ match, ifValue, replaceWith }): ConfigEdit => {
    const condition = ifValue === undefined ? {} : { ifValue }
    if (typeof replaceWith !== 'string') return { match, ...condition, value: replaceWith }
    // Decided on the template's own words: what a user types is never a form.
    const attribute = parser === 'xml' ? /^\[([\w.:-]+)=(['"])(.*)\2\]$/s.exec(replaceWith) : null
    const [, name, , text = replaceWith] = attribute ?? []
    const isExpression = ifValue?.startsWith('regex:') ?? false
    const value = fill(text, environment, { isExpression })
    return { match, ...condition, ...(name !== undefined && { attribute: name }), value }
  })
  return { path, parser, createFile, edits }
}

/** Where an expression finds what is replaced, `$1` is a group, and a `$` in a value is one. */
function fill(
  text: string,
  environment: Readonly<Record<string, string>>,
  { isExpression }: { isExpression: boolean }
): (string | null)[] {
  const parts: (string | null)[] = []
  let from = 0
  for (const { 0: whole, 1: name = '', index } of text.matchAll(placeholderForm)) {
    const value = standsFor(name, environment)
    if (value === undefined) continue
    const safe = isExpression ? value?.replaceAll('$', '$$$$') : value
    parts.push(text.slice(from, index), safe ?? null)
    from = index + whole.length
  }
  parts.push(text.slice(from))
  return joined(parts)
}

/** Null: only the node knows it; undefined: it is none. */
function standsFor(
  name: string,
  environment: Readonly<Record<string, string>>
): string | null | undefined {
  const placeholder = placeholderOf(name)
  switch (placeholder.kind) {
    case 'variable':
    case 'built-in':
      return (
        [placeholder.name, placeholder.name.toUpperCase()]
          .map(one => (Object.hasOwn(environment, one) ? environment[one] : undefined))
          .find(value => value !== undefined) ?? ''
      )
    case 'gateway':
      return null
    case 'nothing':
      return ''
    case 'text':
      return undefined
  }
}

/** Texts that follow one another are one. */
function joined(parts: readonly (string | null)[]): (string | null)[] {
  const all: (string | null)[] = []
  for (const part of parts) {
    const last = all.at(-1)
    if (typeof last === 'string' && part !== null) all[all.length - 1] = last + part
    else if (part !== '') all.push(part)
  }
  return all
}

function tooLong({ path, parser }: Template): ConfigFile {
  return {
    path: path.slice(0, 1_024),
    parser: parser.slice(0, 64),
    createFile: false,
    edits: [],
    problem: 'with the values of this server it is more than a node is sent'
  }
}
