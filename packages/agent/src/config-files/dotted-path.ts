export type Segment = { name: string } | { index: number } | { any: true }

/** `a.b`, `a.*.b`, `a[0].b`; undefined when it leads nowhere. */
export function dottedPath(match: string): Segment[] | undefined {
  const segments = match.split('.').map(segmentsOf)
  return segments.every(part => part !== undefined) ? segments.flat() : undefined
}

function segmentsOf(part: string): Segment[] | undefined {
  const [, name, indices] = /^([^[\]]*)((?:\[\d{1,6}\])*)$/.exec(part) ?? []
  if (name === undefined || indices === undefined) return [{ name: part }]
  if (name === '' && indices === '') return undefined
  const first: Segment[] = name === '' ? [] : [name === '*' ? { any: true } : { name }]
  const others = [...indices.matchAll(/\d+/g)].map(([digits]) => ({ index: Number(digits) }))
  return [...first, ...others]
}
