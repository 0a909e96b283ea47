import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { repository } from '../test/world/config.ts'
import { run } from '../test/world/process.ts'
import { type Figure, table } from './table.ts'

/** A row's figures as they are kept from run to run. */
export interface RowRecord {
  row: string
  /** ISO time. */
  measuredAt: string
  machine: string
  figures: Figure[]
}

const JSON_FILE = join(repository, 'docs/performance.json')
const HISTORY_FILE = join(repository, 'docs/performance-history.jsonl')
const TEXT_FILE = join(repository, 'docs/performance.md')

export function machineName(): string {
  return `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`
}

export async function readRecords(): Promise<RowRecord[]> {
  const text = await readFile(JSON_FILE, 'utf8').catch(() => '{}')
  const { rows } = JSON.parse(text) as { rows?: RowRecord[] }
  return rows ?? []
}

/** `order` names the rows as they come in the table; what is not in it is left out. */
export async function writeRecords(records: RowRecord[], order: string[]): Promise<void> {
  const rows = order.flatMap(name => records.find(record => record.row === name) ?? [])
  await writeFile(JSON_FILE, `${JSON.stringify({ rows }, null, 2)}\n`)
  await writeFile(TEXT_FILE, page(rows))
}

/** Every measurement there was, a line each, so that a change that costs is seen later too. */
export async function keepRecord({ figures, ...record }: RowRecord): Promise<void> {
  const args = ['-C', repository, 'rev-parse', '--short', 'HEAD']
  const commit = await run('git', args).catch(() => 'unknown')
  const kept = figures.map(({ what, ours, cpuMicros, yardstick }) => ({
    ...{ what, ours, cpuMicros },
    ...(yardstick && { yardstick: yardstick.figure })
  }))
  const line = JSON.stringify({ ...record, commit: commit.trim(), figures: kept })
  await appendFile(HISTORY_FILE, `${line}\n`)
}

function page(rows: RowRecord[]): string {
  const machines = [...new Set(rows.map(row => row.machine))]
  return [
    '# Performance',
    '',
    'What `npm run bench` last measured: each figure beside a yardstick from the same run on the same machine, where there is one. For rates a higher ratio is better, for times and memory a lower one. CPU is the processor time of the process that is measured, for one answer, command, heartbeat or agent. `npm run bench -- --only NAME` measures one row.',
    '',
    ...machines,
    '',
    table(rows.flatMap(row => row.figures)),
    ''
  ].join('\n')
}
