import type { StatsHistory } from '../../api/client.ts'

/** What was used at a time; null: nobody knows. */
export interface Point {
  /** Seconds since 1970, as charts count. */
  at: number
  cpuPercent: number
  memoryMiB: number
  diskMiB: number | null
  /** Bytes a second. */
  down: number | null
  up: number | null
}

/** As machines tell it: what went over the network is counted since the start. */
export interface Sample {
  at: string
  cpuPercent: number
  memoryMiB: number
  diskMiB: number
  networkRxBytes: number
  networkTxBytes: number
}

const MOST_APART_SECONDS = 150

export function storedPoints({ data }: StatsHistory): Point[] {
  return data.map(({ at, networkRxBytesPerSecond, networkTxBytesPerSecond, ...figures }) => ({
    ...figures,
    at: Date.parse(at) / 1_000,
    down: networkRxBytesPerSecond,
    up: networkTxBytesPerSecond
  }))
}

export function livePoints(samples: readonly Sample[]): Point[] {
  return samples.map((sample, index) => {
    const { at, cpuPercent, memoryMiB, diskMiB } = sample
    const speed = speedBetween(samples[index - 1], sample)
    return { at: Date.parse(at) / 1_000, cpuPercent, memoryMiB, diskMiB, ...speed }
  })
}

/** Counters begin again with the game: a step back is no traffic. */
function speedBetween(before: Sample | undefined, after: Sample): Pick<Point, 'down' | 'up'> {
  if (!before) return { down: null, up: null }
  const seconds = (Date.parse(after.at) - Date.parse(before.at)) / 1_000
  const down = after.networkRxBytes - before.networkRxBytes
  const up = after.networkTxBytes - before.networkTxBytes
  const counts = seconds > 0 && seconds <= MOST_APART_SECONDS && down >= 0 && up >= 0
  return counts ? { down: down / seconds, up: up / seconds } : { down: null, up: null }
}

/** What was stored, and what has been pushed since. */
export function joined(stored: readonly Point[], live: readonly Point[]): Point[] {
  const last = stored.at(-1)?.at ?? 0
  return [...stored, ...live.filter(({ at }) => at > last)]
}

/** With an empty point where nobody measured for longer than a step: a line is not drawn across. */
export function withGaps<T extends { at: number }>(
  points: readonly T[],
  stepSeconds: number
): (T | { at: number })[] {
  return points.flatMap((point, index) => {
    const before = points[index - 1]
    const isGap = before !== undefined && point.at - before.at > 1.5 * stepSeconds
    return isGap ? [{ at: before.at + stepSeconds }, point] : [point]
  })
}

export interface Summary {
  now: number
  average: number
  most: number
}

export function summaryOf(values: readonly (number | null | undefined)[]): Summary | undefined {
  const known = values.filter(value => typeof value === 'number')
  const now = known.at(-1)
  if (now === undefined) return undefined
  const average = known.reduce((sum, value) => sum + value, 0) / known.length
  return { now, average, most: known.reduce((most, value) => Math.max(most, value), 0) }
}

/** A few of many, evenly apart, the newest first: for who reads them one by one. */
export function someOf<T>(points: readonly T[], count: number): T[] {
  const step = Math.max(1, points.length / count)
  const places = Array.from({ length: Math.min(count, points.length) }, (_, index) =>
    Math.floor(points.length - 1 - index * step)
  )
  return places.flatMap(place => points[place] ?? [])
}
