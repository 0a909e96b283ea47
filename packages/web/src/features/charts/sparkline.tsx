const WIDTH = 64
const HEIGHT = 20
/** As many as are drawn, however few there are yet: the newest is at the right. */
const PLACES = 32

/** The last minutes in small; the number stands beside it. */
export function Sparkline({ values, most }: { values: readonly number[]; most: number }) {
  const shown = values.slice(-PLACES)
  const top = Math.max(most, ...shown, 1)
  const points = shown.map((value, index) => {
    const x = WIDTH - ((shown.length - 1 - index) * WIDTH) / (PLACES - 1)
    const y = HEIGHT - 1 - (value / top) * (HEIGHT - 2)
    return `${x.toFixed(1)},${y.toFixed(1)}`
  })
  return (
    <svg
      className="sparkline"
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      aria-hidden="true"
    >
      <polyline points={points.join(' ')} />
    </svg>
  )
}
