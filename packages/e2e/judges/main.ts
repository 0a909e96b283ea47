import { writeFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repository } from '../test/world/config.ts'
import type { Teardown } from '../test/world/world.ts'
import { help, type JudgesArguments, readArguments } from './arguments.ts'
import type { Check } from './check.ts'
import { judge } from './judge.ts'

process.exitCode = await main(process.argv.slice(2))
process.exit()

async function main(args: string[]): Promise<number> {
  const wanted = read(args)
  if (typeof wanted === 'number') return wanted
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => stop.abort())
  }
  const teardowns: (() => unknown)[] = []
  const t: Teardown = { teardown: fn => teardowns.unshift(fn) }
  const folder = join(repository, '.cache/judges')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  try {
    const verdict = await judge(t, { ...wanted, folder, signal: stop.signal, say })
    await writeFile(join(folder, 'report.json'), JSON.stringify(verdict, null, 2))
    return tell(verdict.checks, folder, wanted.quick)
  } finally {
    for (const teardown of teardowns) await teardown()
  }
}

function read(args: string[]): JudgesArguments | number {
  try {
    const wanted = readArguments(args)
    if (wanted !== 'help') return wanted
    say(help)
    return 0
  } catch (err) {
    say(err instanceof Error ? err.message : String(err))
    return 2
  }
}

function tell(checks: Check[], folder: string, isQuick: boolean): number {
  const count = (outcome: Check['outcome']) => checks.filter(one => one.outcome === outcome).length
  for (const { title, outcome, reasons } of checks.filter(one => one.outcome !== 'passed')) {
    say(`\n${outcome}: ${title}\n${reasons.map(reason => `  ${reason}`).join('\n')}`)
  }
  const remarks = checks.flatMap(one => one.remarks ?? [])
  if (remarks.length > 0) say(`\nof their lowest level:\n  ${remarks.join('\n  ')}`)
  say(`\nThe report is ${join(folder, 'report.json')}`)
  say(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`)
  // What there was no time for was not judged.
  return count('failed') > 0 || (count('skipped') > 0 && !isQuick) ? 1 : 0
}

/** At once, also when the process ends right after. */
function say(line: string): void {
  writeFileSync(1, `${line}\n`)
}
