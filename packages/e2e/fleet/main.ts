import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { type FleetArguments, help, readArguments } from './arguments.ts'
import { fleetPassword } from './config.ts'
import { type FleetCounts, startFleet } from './fleet.ts'
import { recruit } from './recruits.ts'
import { summaryOf } from './summary.ts'

/** Sockets and files that a process has beside its agents. */
const OTHER_FILES = 100
const TERMINAL_EVERY_MS = 500
const PLAIN_EVERY_MS = 5_000
const TOLD_EVERY_MS = 100

async function main(args: string[]): Promise<number> {
  const wanted = readArguments(args)
  if (wanted === 'help') return say(help)
  checkOpenFiles(wanted.agents)
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => stop.abort())
  }
  process.on('disconnect', () => stop.abort())
  const nodes = await recruit(wanted, { password: fleetPassword, say })
  if (stop.signal.aborted) return 0
  const { perSecond } = wanted
  const fleet = startFleet({ nodes, perSecond, signal: stop.signal })
  const telling = setInterval(() => tell(fleet.counts()), TOLD_EVERY_MS)
  await show(fleet.counts, wanted, stop.signal)
  clearInterval(telling)
  say('The fleet says good-bye …')
  await fleet.stop()
  return say(`It is over: ${summaryOf(fleet.counts())}. The nodes stay in the panel.`)
}

/** For a process that started this one. */
function tell(counts: FleetCounts): void {
  process.send?.({ type: 'counts', atMs: Date.now(), ...counts })
}

/** A line that is always new on a terminal, else a line now and then, until the signal aborts. */
async function show(
  counts: () => FleetCounts,
  { agents, panels }: FleetArguments,
  signal: AbortSignal
): Promise<void> {
  const { isTTY } = process.stdout
  say(`${agents} agents dial ${panels.join(', ')}; Ctrl-C ends them.`)
  let before = counts()
  let shown = ''
  while (!signal.aborted) {
    const everyMs = isTTY ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS
    await pause(everyMs, undefined, { signal }).catch(() => undefined)
    const now = counts()
    const perSecond = ((now.heartbeats - before.heartbeats) * 1_000) / everyMs
    const line = `${summaryOf(now)} · ${perSecond.toFixed(0)} heartbeats/s`
    before = now
    if (isTTY) process.stdout.write(`\r\u001b[K${line}`)
    else if (line !== shown) say(line)
    shown = line
  }
  if (isTTY) say('')
}

/** Each agent has a socket; Node has already taken all that the system gives without asking root. */
function checkOpenFiles(agents: number): void {
  const [, text] = /Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
  const most = Number(text ?? Number.POSITIVE_INFINITY)
  if (agents + OTHER_FILES <= most) return
  throw new Error(
    `${agents} agents need as many open files, and this shell allows ${most}: raise it with "ulimit -n ${agents + 1_000}", for the panel too.`
  )
}

function say(text: string): 0 {
  process.stdout.write(`${text}\n`)
  return 0
}

process.exitCode = await main(process.argv.slice(2)).catch((err: Error) => {
  process.stderr.write(`fleet: ${err.message}\n`)
  return 1
})
if (process.connected) process.disconnect()
