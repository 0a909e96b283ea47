const MAX_LINES = 100

/** What was typed before, as in a shell: up goes back, down returns to what was being typed. */
export interface InputHistory {
  add(line: string): void
  older(typed: string): string
  newer(typed: string): string
}

export function createInputHistory(): InputHistory {
  const lines: string[] = []
  let at = 0
  let draft = ''

  return {
    add(line) {
      if (line !== '' && lines.at(-1) !== line) lines.push(line)
      if (lines.length > MAX_LINES) lines.shift()
      at = lines.length
      draft = ''
    },
    older(typed) {
      if (at === lines.length) draft = typed
      at = Math.max(0, at - 1)
      return lines[at] ?? typed
    },
    newer(typed) {
      if (at >= lines.length) return typed
      at += 1
      return lines[at] ?? draft
    }
  }
}
