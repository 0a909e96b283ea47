import { readBenchArguments } from './arguments.ts'
import { keepRecord, machineName, type RowRecord, readRecords, writeRecords } from './records.ts'
import type { Row } from './row.ts'
import { rows } from './rows.ts'
import { isMet, table } from './table.ts'

async function main(args: string[]): Promise<number> {
  const wanted = readBenchArguments(args, rows)
  if (typeof wanted === 'string') return say(wanted)
  const kept = new Map((await readRecords()).map(record => [record.row, record]))
  const measured: RowRecord[] = []
  for (const row of wanted.rows) {
    say(`${row.name}: ${row.about} …`)
    const record = await measure(row, wanted.agents)
    say(table(record.figures))
    const before = kept.get(row.name)
    if (before) say(`before, ${before.measuredAt}:\n${table(before.figures)}`)
    measured.push(record)
    await keepRecord(record)
    kept.set(row.name, record)
    const order = rows.map(({ name }) => name)
    await writeRecords([...kept.values()], order)
  }
  const figures = measured.flatMap(record => record.figures)
  const missed = figures.filter(figure => isMet(figure) === false)
  return say(
    `\n${table(figures)}\n\n${missed.length} of ${figures.length} figures missed their mark`
  )
}

async function measure(row: Row, agents: number): Promise<RowRecord> {
  const teardowns: (() => unknown)[] = []
  try {
    const t = { teardown: (fn: () => unknown) => teardowns.unshift(fn) }
    const figures = await row.measure(t, { agents })
    const measuredAt = new Date().toISOString()
    return { row: row.name, measuredAt, machine: machineName(), figures }
  } finally {
    for (const teardown of teardowns) await teardown()
  }
}

function say(text: string): 0 {
  process.stdout.write(`${text}\n`)
  return 0
}

// What a row has begun is ended with it.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => process.exit(1))

process.exitCode = await main(process.argv.slice(2)).catch((err: Error) => {
  process.stderr.write(`bench: ${err.stack}\n`)
  return 1
})
