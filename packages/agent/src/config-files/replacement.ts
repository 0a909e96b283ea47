import { readPlainExpression } from '@ctrl-alt-play/protocol'
import type { RE2JS } from 're2js'
import { type Edit, fileLimits, NotEditable } from './edit.ts'

/** What an edit makes of what stands there; undefined: it is not meant. */
export type Replace = (current: string | undefined) => Edit['value'] | undefined

export type Replacements = (edit: Edit) => Replace

const MAX_CURRENT = 8_192

/** Of one file: how often it may be searched is counted over all its edits. */
export function createReplacements(): Replacements {
  let searches = 0

  function countSearch(): void {
    searches++
    if (searches > fileLimits.searches) throw new NotEditable('has too many values to search')
  }

  return ({ ifValue, value }) => {
    if (ifValue === undefined) return () => value
    const read = readPlainExpression(ifValue)
    if (!read) return current => (current === ifValue ? value : undefined)
    const replace = read.ok ? replacing(read.expression, String(value)) : () => undefined
    return current => {
      if (current === undefined || current.length > MAX_CURRENT) return
      countSearch()
      return replace(current)
    }
  }
}

function replacing(
  expression: RE2JS,
  replacement: string
): (current: string) => string | undefined {
  return current => {
    if (!expression.matcher(current).find()) return
    return replaceAll(current, expression, replacement)
  }
}

function replaceAll(current: string, expression: RE2JS, replacement: string): string {
  const matcher = expression.matcher(current)
  let text = ''
  let from = 0
  while (matcher.find()) {
    text += current.slice(from, matcher.start()) + filled(replacement, n => groupOf(matcher, n))
    from = matcher.end()
  }
  return text + current.slice(from)
}

type Matcher = ReturnType<RE2JS['matcher']>

function groupOf(matcher: Matcher, number: number): string {
  return number <= matcher.groupCount() ? (matcher.group(number) ?? '') : ''
}

/** `$1` and `${1}` are groups, `$$` is a `$`; what a group holds is not looked at again. */
function filled(replacement: string, group: (number: number) => string): string {
  return replacement.replace(
    /\$(?:(\$)|(\d{1,2})|\{(\d{1,2})\})/g,
    (_, dollar?: string, plain?: string, braced?: string) =>
      dollar ?? group(Number(plain ?? braced))
  )
}
