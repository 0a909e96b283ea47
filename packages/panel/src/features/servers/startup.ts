/** One argument of a startup line. A quoted one stays even when its variables leave nothing of it. */
export interface StartupPart {
  text: string
  quoted: boolean
}

export type SplitStartup = { ok: true; parts: StartupPart[] } | { ok: false; reason: string }

const placeholder = /\{\{([\w.-]+)\}\}/g

/**
 * Splits a startup line into arguments: blanks part them, quotes and backslashes hold them together.
 * Nothing else means anything: no shell ever sees the line, so `$(…)`, `;` and `|` are plain text.
 */
export function splitStartup(line: string): SplitStartup {
  const parts: StartupPart[] = []
  let part: StartupPart | undefined
  let quote = ''
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at)
    const next = line.charAt(at + 1)
    if (quote === '' && /\s/.test(char)) {
      if (part) parts.push(part)
      part = undefined
      continue
    }
    part ??= { text: '', quoted: false }
    if (char === quote) {
      quote = ''
    } else if (quote === '' && (char === '"' || char === "'")) {
      quote = char
      part.quoted = true
    } else if (char === '\\' && escapes(quote, next)) {
      part.text += next
      at++
    } else if (char === '\\' && quote === '') {
      return { ok: false, reason: 'ends with a backslash that escapes nothing' }
    } else {
      part.text += char
    }
  }
  if (quote !== '') return { ok: false, reason: `has a ${quote} that is never closed` }
  if (part) parts.push(part)
  return { ok: true, parts }
}

/** As in a shell: outside quotes any character, in double quotes only those that need it, in single ones none. */
function escapes(quote: string, next: string): boolean {
  if (quote === "'") return false
  return quote === '' ? next !== '' : next === '"' || next === '\\'
}

/**
 * Puts the values into the arguments. A value is never split or expanded again, whatever is in it;
 * an unquoted argument of which nothing is left is dropped, as a shell would.
 */
export function fillStartup(
  parts: readonly StartupPart[],
  values: Readonly<Record<string, string>>
): string[] {
  return parts
    .map(part => ({
      text: part.text.replace(placeholder, (_, name: string) =>
        Object.hasOwn(values, name) ? (values[name] ?? '') : ''
      ),
      quoted: part.quoted
    }))
    .filter(part => part.quoted || part.text !== '')
    .map(part => part.text)
}

/** What is wrong with a template's startup line, in words; empty when it can be used. */
export function startupProblems(line: string, knownNames: ReadonlySet<string>): string[] {
  const split = splitStartup(line)
  if (!split.ok) return [split.reason]
  const [program] = split.parts
  if (!program) return ['is empty']
  if (program.text.replace(placeholder, '') === '') {
    return ['must begin with a program and not with a variable']
  }
  return split.parts.flatMap(({ text }) => [
    ...[...text.matchAll(placeholder)]
      .map(([, name = '']) => name)
      .filter(name => !knownNames.has(name))
      .map(name => `uses {{${name}}}, which is no variable of this alt`),
    ...(/\{\{|\}\}/.test(text.replace(placeholder, ''))
      ? [`has braces that name no variable in "${text}": write {{NAME}} without blanks`]
      : [])
  ])
}
