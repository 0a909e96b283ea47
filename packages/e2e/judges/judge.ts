import { createWorld, type Teardown, type World } from '../test/world/world.ts'
import type { JudgesArguments } from './arguments.ts'
import { type Check, check } from './check.ts'
import { judgeWeakServer } from './control.ts'
import { type Court, holdTrials } from './court.ts'
import { startListener } from './listener.ts'
import { callParties, type Party, panelSettings } from './parties.ts'
import type { SeenReport } from './seen.ts'
import { trialsOf } from './trials.ts'

export interface Verdict {
  checks: Check[]
  /** What came to the panel, in whose name. */
  seen: Record<string, SeenReport>
}

export interface JudgeOptions extends JudgesArguments {
  folder: string
  signal: AbortSignal
  say(line: string): void
}

const AT_ONCE = 2

/** Both judges on the weak server, then on a panel with real things in it. */
export async function judge(t: Teardown, options: JudgeOptions): Promise<Verdict> {
  const { judges, quick: isQuick, folder, signal, say } = options
  const end = performance.now() + options.minutes * 60_000
  const listener = await startListener(t)
  const court: Court = {
    ...{ say, judges, isQuick, folder, listener, signal },
    secondsLeft: () => (end - performance.now()) / 1_000
  }
  const world = await createWorld(t, { env: panelSettings })
  const sight = await judgeWeakServer(t, court, world.database.url)
  // The weak server had to go there.
  listener.visits.length = 0
  say('Filling the panel with what is to be attacked …')
  const parties = await callParties(t, { world, listener, isQuick })
  for (const { actor, operations } of parties) {
    say(`${operations.length} operations as ${actor.name}`)
  }
  const trials = trialsOf(court, parties, world.url)
  const verdicts = await holdTrials(court, trials, AT_ONCE)
  const seen = Object.fromEntries(
    parties.map(({ actor, relay }) => [actor.name, relay.seen.report()])
  )
  const visits = check('the panel was made to fetch nothing', listener.visits.slice(0, 10))
  const health = await healthOf(world)
  const checks = [...sight, ...verdicts, ...health, visits, ...reachOf(parties, seen)]
  return { checks, seen }
}

async function healthOf(world: World): Promise<Check[]> {
  const ready = await fetch(`${world.url}/readyz`).then(
    ({ status }) => status,
    (err: Error) => err.message
  )
  const me = await world.admin.request('GET', '/api/v1/auth/me')
  const errors = world
    .panelOutput()
    .split('\n')
    .filter(line => /"level":(50|60)|^\s*at |Error/.test(line))
  return [
    check('the panel lives', [
      ...(world.panelHasEnded() ? ['it has ended'] : []),
      ...(ready === 200 ? [] : [`/readyz says ${ready}`]),
      ...(me.status === 200 ? [] : [`its administrator gets ${me.status}`])
    ]),
    check('the panel has logged no error', errors.slice(0, 20))
  ]
}

/** An attack that stays at the door proves nothing. */
function reachOf(parties: Party[], seen: Record<string, SeenReport>): Check[] {
  return parties.flatMap(({ actor, operations }) => {
    const report = seen[actor.name]
    if (!report) return []
    const { byOperation, byStatus, failures, outside, problems } = report
    const unreached = operations.filter(({ name }) => !isReached(byOperation[name] ?? {}))
    const done = byStatus[200] ?? 0
    const refused = byStatus[400] ?? 0
    const as = `as ${actor.name}`
    return [
      check(`no 5xx ${as}`, failures),
      check(`each request was answered ${as}`, problems),
      check(`no judge wanted to leave this machine ${as}`, outside),
      check(
        `each operation was reached ${as}`,
        unreached.map(({ name }) => `${name}: ${JSON.stringify(byOperation[name] ?? {})}`)
      ),
      check(
        `much was done and much refused ${as}`,
        done > 0 && refused > done / 100 ? [] : [JSON.stringify(byStatus)]
      )
    ]
  })
}

const atTheDoor = new Set(['401', '403', '429'])

function isReached(statuses: Record<string, number>): boolean {
  return Object.keys(statuses).some(status => !atTheDoor.has(status))
}
