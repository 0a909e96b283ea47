import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

export interface ChartLine {
  label: string
  values: readonly (number | null | undefined)[]
}

export interface ChartPicture {
  times: readonly number[]
  lines: readonly ChartLine[]
  /** Seconds since 1970: from when to when. */
  span: readonly [number, number]
}

export interface ChartLook {
  language: string
  format: (value: number) => string
  /** Where the axis ends at least. */
  least: number
  /** Which point is pointed at; undefined: none. */
  onPoint: (index: number | undefined) => void
}

export interface DrawnChart {
  show(picture: ChartPicture): void
  remove(): void
}

const HEIGHT_PX = 180
const DAY_SECONDS = 86_400

/** A chart in that place, as wide as the place is; its colours are the page's. */
export function drawChart(place: HTMLElement, first: ChartPicture, look: ChartLook): DrawnChart {
  const style = getComputedStyle(place)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const colours = [colour('--chart-1'), colour('--chart-2')]
  let { span } = first
  const axis = {
    stroke: colour('--chart-text'),
    grid: { stroke: colour('--chart-grid'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui'
  }
  const plot = new UPlot(
    {
      width: Math.max(place.clientWidth, 100),
      height: HEIGHT_PX,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'figures' } },
      scales: {
        x: { range: () => [span[0], span[1]] },
        y: { range: (_plot, _from, to) => [0, Math.max(look.least, (to || 0) * 1.1)] }
      },
      axes: [
        {
          ...axis,
          space: 90,
          size: 30,
          values: (_plot, at) => at.map(one => timeText(one, span, look))
        },
        { ...axis, size: 76, values: (_plot, marks) => marks.map(look.format) }
      ],
      series: [
        {},
        ...first.lines.map(({ label }, index) => {
          const stroke = colours[index] ?? ''
          const fill = index === 0 ? colour('--chart-fill') : undefined
          return { label, stroke, width: 2, points: { size: 5 }, ...(fill && { fill }) }
        })
      ],
      hooks: { setCursor: [({ cursor }) => look.onPoint(cursor.idx ?? undefined)] }
    },
    dataOf(first),
    place
  )
  const watch = new ResizeObserver(() => {
    plot.setSize({ width: Math.max(place.clientWidth, 100), height: HEIGHT_PX })
  })
  watch.observe(place)
  return {
    show(picture) {
      span = picture.span
      plot.setData(dataOf(picture))
    },
    remove() {
      watch.disconnect()
      plot.destroy()
    }
  }
}

function dataOf({ times, lines }: ChartPicture): UPlot.AlignedData {
  return [[...times], ...lines.map(({ values }) => [...values])]
}

function timeText(at: number, [from, to]: ChartPicture['span'], { language }: ChartLook): string {
  const date = new Date(at * 1_000)
  if (to - from <= DAY_SECONDS) return date.toLocaleTimeString(language, { timeStyle: 'short' })
  return date.toLocaleDateString(language, { weekday: 'short', day: 'numeric' })
}
