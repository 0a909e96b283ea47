/**
 * Answers everyone who asks in the same turn of the event loop from one statement. It is sent after the
 * last has asked, so that nobody is told what was true before.
 */
export function askTogether<Row extends { id: string }>(
  load: (ids: string[]) => Promise<Row[]>
): (id: string) => Promise<Row | undefined> {
  let next: { ids: Set<string>; rows: Promise<Map<string, Row>> } | undefined

  async function rowsOf(ids: Set<string>): Promise<Map<string, Row>> {
    await new Promise(setImmediate)
    next = undefined
    const rows = await load([...ids])
    return new Map(rows.map(row => [row.id, row]))
  }

  return async id => {
    if (!next) {
      const ids = new Set<string>()
      next = { ids, rows: rowsOf(ids) }
    }
    const { ids, rows } = next
    ids.add(id)
    return (await rows).get(id)
  }
}
