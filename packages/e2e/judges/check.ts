/** One line of the verdict. */
export interface Check {
  title: string
  outcome: 'passed' | 'failed' | 'skipped'
  /** What was wrong, or why it was not tried. */
  reasons: string[]
  /** What is held against it and does not count. */
  remarks?: string[]
}

export function check(title: string, reasons: string[], remarks: string[] = []): Check {
  return { title, outcome: reasons.length > 0 ? 'failed' : 'passed', reasons, remarks }
}

export function skipped(title: string, reason: string): Check {
  return { title, outcome: 'skipped', reasons: [reason] }
}
