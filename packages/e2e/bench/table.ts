/** A measured figure, beside a yardstick from the same run where there is one. */
export interface Figure {
  what: string
  unit: string
  ours: number
  /** Processor time of what is measured, for one of what is counted; wall time depends more on the machine. */
  cpuMicros?: number
  yardstick?: { name: string; figure: number; cpuMicros?: number }
  /** What it should hold to, of the figure itself or of its ratio to the yardstick. */
  target?: Target
}

interface Target {
  of: 'ours' | 'ratio'
  atLeast?: number
  atMost?: number
}

/** ours / the yardstick's. */
function ratioOf({ ours, yardstick }: Figure): number | undefined {
  return yardstick && ours / yardstick.figure
}

/** Undefined: there is nothing to hold to. */
export function isMet(figure: Figure): boolean | undefined {
  const { target } = figure
  if (!target) return undefined
  const value = target.of === 'ours' ? figure.ours : ratioOf(figure)
  if (value === undefined) return undefined
  const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = target
  return value >= atLeast && value <= atMost
}

export function table(figures: Figure[]): string {
  return [
    '| what | ours | CPU | yardstick | its figure | its CPU | ratio | to hold to |',
    '|---|---|---|---|---|---|---|---|',
    ...figures.map(figure => `| ${cells(figure).join(' | ')} |`)
  ].join('\n')
}

function cells(figure: Figure): string[] {
  const { what, unit, ours, cpuMicros, yardstick } = figure
  return [
    what,
    `${round(ours)} ${unit}`.trim(),
    micros(cpuMicros),
    yardstick?.name ?? '–',
    yardstick ? `${round(yardstick.figure)} ${unit}`.trim() : '–',
    micros(yardstick?.cpuMicros),
    ratioOf(figure)?.toFixed(2) ?? '–',
    targetText(figure)
  ]
}

function targetText(figure: Figure): string {
  const { target } = figure
  if (!target) return '–'
  const { atLeast, atMost } = target
  const bounds = [
    ...(atLeast === undefined ? [] : [`≥ ${atLeast}`]),
    ...(atMost === undefined ? [] : [`≤ ${atMost}`])
  ].join(', ')
  const name = target.of === 'ratio' ? 'ratio ' : ''
  return `${name}${bounds}${isMet(figure) ? '' : ' **missed**'}`
}

function micros(value: number | undefined): string {
  return value === undefined ? '–' : `${round(value)} µs`
}

function round(value: number): string {
  if (value === 0 || value >= 100) return Math.round(value).toString()
  return value.toFixed(2)
}
