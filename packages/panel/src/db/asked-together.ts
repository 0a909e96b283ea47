/**
 * Answers everyone who asks in the same turn of the event loop from one statement. It is sent after the
 * last has asked, so that nobody is told what was true before.
 */
export function askTogether<Row extends { id: string }>(
  load: (ids: string[]) => Promise<Row[]>
): (id: string) => Promise<Row | undefined> {
  const list = listTogether(load, row => row.id)
  return async id => (await list(id))[0]
}

/** The same for what many rows belong to: each asker gets those of its own key. */
export function listTogether<Row>(
  load: (keys: string[]) => Promise<Row[]>,
  keyOf: (row: Row) => string
): (key: string) => Promise<Row[]> {
  let next: { keys: Set<string>; rows: Promise<Map<string, Row[]>> } | undefined

  async function rowsOf(keys: Set<string>): Promise<Map<string, Row[]>> {
    await new Promise(setImmediate)
    next = undefined
    const byKey = new Map<string, Row[]>()
    for (const row of await load([...keys])) {
      const known = byKey.get(keyOf(row))
      if (known) known.push(row)
      else byKey.set(keyOf(row), [row])
    }
    return byKey
  }

  return async key => {
    if (!next) {
      const keys = new Set<string>()
      next = { keys, rows: rowsOf(keys) }
    }
    const { keys, rows } = next
    keys.add(key)
    return (await rows).get(key) ?? []
  }
}
