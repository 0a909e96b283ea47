/** Cuts a list into parts whose JSON stays below `maxBytes` each; always at least one part, which may be empty. */
export function batchesOf<T>(items: readonly T[], maxBytes: number): T[][] {
  const batches: T[][] = [[]]
  let bytes = 0
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item)) + 1
    const current = batches[batches.length - 1]
    if (current && (current.length === 0 || bytes + size <= maxBytes)) {
      current.push(item)
      bytes += size
    } else {
      batches.push([item])
      bytes = size
    }
  }
  return batches
}
