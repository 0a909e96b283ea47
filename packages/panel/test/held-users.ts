import type { Test } from 'tap'
import { type TestPanel, until } from './helper.ts'

/** Keeps all users as they are (or as `statement` makes them), so that those who want to change them meet: `letGo` once they all wait. */
export async function holdUsers(
  t: Test,
  { db }: Pick<TestPanel, 'db'>,
  statement = 'SELECT FROM "User" FOR UPDATE'
) {
  const holder = await db.pool.connect()
  let isHeld = true
  const letGo = async () => {
    if (!isHeld) return
    isHeld = false
    await holder.query('COMMIT')
    holder.release()
  }
  t.teardown(letGo)
  await holder.query('BEGIN')
  await holder.query(statement)
  const countWaiting = async () => {
    // A transaction sees the activity as it was when it first looked.
    await holder.query('SELECT pg_stat_clear_snapshot()')
    const { rows } = await holder.query(`SELECT count(*)::int AS waiting FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`)
    return rows[0].waiting
  }
  return {
    waiting: (count: number) =>
      until(`${count} wait`, async () => (await countWaiting()) >= count, 12_000),
    letGo
  }
}
