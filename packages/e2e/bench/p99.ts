/** The 99th percentile; NaN of nothing. */
export function p99(of: readonly number[]): number {
  const sorted = [...of].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
}
