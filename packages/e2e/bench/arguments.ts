import { parseArgs } from 'node:util'
import type { Row } from './row.ts'

export interface BenchArguments {
  rows: Row[]
  agents: number
}

/** The answer is a text when there is nothing to measure but something to say. */
export function readBenchArguments(args: string[], rows: Row[]): BenchArguments | string {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', short: 'h' },
      only: { type: 'string', multiple: true },
      agents: { type: 'string', default: '10000' }
    }
  })
  const names = rows.map(row => `  ${row.name.padEnd(16)} ${row.about}`).join('\n')
  if (values.help) return `${help}\n${names}\n`
  const only = values.only?.flatMap(text => text.split(','))
  const unknown = only?.find(name => !rows.some(row => row.name === name))
  if (unknown !== undefined) throw new Error(`there is no row "${unknown}":\n${names}`)
  const agents = Number(values.agents)
  if (!Number.isInteger(agents) || agents < 1) {
    throw new Error(`--agents ${values.agents}: a whole number from 1 on is needed`)
  }
  return { rows: rows.filter(({ name }) => only?.includes(name) ?? true), agents }
}

const help = `npm run bench [-- --only NAME,NAME --agents N]

Measures the product against its yardsticks, into docs/performance.md and docs/performance.json. Rows
that are not measured keep their last figures there. Every measurement is kept in
docs/performance-history.jsonl, with its commit.

  --only NAME    measure these rows only
  --agents N     how large the simulated fleets are (default 10000; each agent is an open file here
                 and one in the panel, see "ulimit -n")
`
