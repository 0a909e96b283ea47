/** A measured figure beside its yardstick from the same run. */
export interface Figure {
  what: string
  unit: string
  ours: number
  yardstick: string
  theirs: number
  /** ours / theirs. */
  ratio: number
}

export function figure(
  what: string,
  unit: string,
  ours: number,
  yardstick: string,
  theirs: number
): Figure {
  return { what, unit, ours, yardstick, theirs, ratio: ours / theirs }
}

export function table(figures: Figure[]): string {
  const rows = figures.map(({ what, unit, ours, yardstick, theirs, ratio }) =>
    [what, `${round(ours)} ${unit}`, yardstick, `${round(theirs)} ${unit}`, ratio.toFixed(2)].join(
      ' | '
    )
  )
  return [
    '| what | ours | yardstick | its figure | ratio |',
    '|---|---|---|---|---|',
    ...rows.map(row => `| ${row} |`)
  ].join('\n')
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toString() : value.toFixed(2)
}
