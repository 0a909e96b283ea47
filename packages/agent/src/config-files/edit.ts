/** One thing to put into a file, with nothing left to fill in. */
export interface Edit {
  /** Where, as the file's parser says it. */
  match: string
  /** Only where this stands now; `regex:…`: only what of it matches. */
  ifValue?: string | undefined
  /** Of XML: it is the value of this attribute. */
  attribute?: string | undefined
  value: string | number | boolean
}

export interface Edited {
  text: string
  /** What could not be put in, each in words. */
  left: string[]
}

/** Puts the edits into a text, one after the other. Pure; throws a `NotEditable` when it cannot make sense of the text. */
export type Parser = (text: string, edits: readonly Edit[]) => Edited

/** The file is left as it is; the message goes on after its name. */
export class NotEditable extends Error {
  override name = 'NotEditable'
}

/** Bounds of one file: games write them, so they may be hostile. */
export const fileLimits = {
  bytes: 524_288,
  depth: 64,
  /** Of values: each may be looked at and printed again. */
  nodes: 100_000,
  /** Of current values that an expression is held against. */
  searches: 5_000
} as const

export function unreadable(form: string, text: string, at: number): NotEditable {
  const line = text.slice(0, at).split('\n').length
  return new NotEditable(`is no ${form}: line ${line} cannot be read`)
}

export function checkCount(values: number): void {
  if (values > fileLimits.nodes) throw new NotEditable('holds too many values')
}

export function checkDepth(depth: number, most: number = fileLimits.depth): void {
  if (depth > most) throw new NotEditable('is nested too deeply')
}

/** Counts down what edits put into a file: a `*` puts a value in thousands of places. */
export function createRoom(characters: number = fileLimits.bytes): (text: string) => string {
  let left = characters
  return text => {
    left -= text.length
    if (left < 0) throw new NotEditable('would become too large')
    return text
  }
}

export function short(text: string): string {
  const printable = text.replace(/\p{C}/gu, '?')
  return printable.length > 80 ? `${printable.slice(0, 79)}…` : printable
}
