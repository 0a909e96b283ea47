/** What will not work, or was left out. The kind never changes, the words are for people. */
export interface EggWarning {
  kind: EggWarningKind
  /** Where in the egg, e.g. "variables.3.rules". */
  place: string
  message: string
}

export const eggWarningKinds = [
  'json-mended',
  'text-changed',
  'extension-ignored',
  'uuid-ignored',
  'link-dropped',
  'icon-dropped',
  'icon-hidden',
  'feature-unknown',
  'image-local',
  'image-refused',
  'startup-missing',
  'done-missing',
  'done-unusable',
  'stop-guessed',
  'config-unreadable',
  'file-skipped',
  'file-parser',
  'file-path',
  'file-placeholder',
  'file-expression',
  'install-image',
  'variable-name',
  'variable-case',
  'variable-twice',
  'variable-default',
  'variable-rule',
  'variables-long',
  'warnings-cut'
] as const
type EggWarningKind = (typeof eggWarningKinds)[number]

/** Takes down what is noticed while an egg is read. */
export interface EggNotes {
  warn(kind: EggWarningKind, place: string, message: string): void
  /** Why the egg cannot be taken; the first reason counts. */
  refuse(place: string, message: string): void
}

/** For reading again what was read before. */
export const silent: EggNotes = { warn: () => undefined, refuse: () => undefined }

export interface EggProblem {
  place: string
  message: string
}

export function takeNotes() {
  const warnings: EggWarning[] = []
  const problems: EggProblem[] = []
  const notes: EggNotes = {
    warn: (kind, place, message) => void warnings.push({ kind, place, message }),
    refuse: (place, message) => void problems.push({ place, message })
  }
  return { notes, warnings, problems }
}
