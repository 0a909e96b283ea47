import type { FastifyBaseLogger } from 'fastify'

/**
 * Writes all rows together. Should the database refuse the data itself, each is written by itself and
 * the one at fault is left out: what one node says must not keep others from being heard.
 */
export async function writeApart<Row, Result>(
  rows: Row[],
  write: (rows: Row[]) => Promise<Result[]>,
  log: FastifyBaseLogger
): Promise<Result[]> {
  try {
    return await write(rows)
  } catch (err) {
    if (!isDataError(err)) throw err
    const written: Result[] = []
    for (const row of rows) {
      try {
        written.push(...(await write([row])))
      } catch (rowErr) {
        if (!isDataError(rowErr)) throw rowErr
        log.error({ err: rowErr }, 'the database refuses what a node says: left out')
      }
    }
    return written
  }
}

/** SQLSTATE classes 22 "data exception" and 54 "program limit exceeded": trying again helps nobody. */
export function isDataError(err: unknown): boolean {
  return err instanceof Error && 'code' in err && /^(22|54)/.test(String(err.code))
}
