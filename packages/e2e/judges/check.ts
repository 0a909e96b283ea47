/** One line of the verdict. */
export interface Check {
  title: string
  outcome: 'passed' | 'failed' | 'skipped'
  /** What was wrong, or why it was not tried. */
  reasons: string[]
}

export function check(title: string, reasons: string[]): Check {
  return { title, outcome: reasons.length > 0 ? 'failed' : 'passed', reasons }
}

export function skipped(title: string, reason: string): Check {
  return { title, outcome: 'skipped', reasons: [reason] }
}
