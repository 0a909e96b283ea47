import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { allCells, partOf, titleOf } from './cells.ts'
import { takeLong } from './long.ts'
import { lineOf, runMatrix } from './matrix.ts'
import { walk } from './walk.ts'

const help = `npm run chaos -- --minutes N [--seed S]   things go wrong at random while people are at work
npm run chaos -- --steps N --seed S       the same, for so many steps: repeats a walk that failed
npm run chaos -- --matrix [--only TEXT] [--part N/M]
                                          every failure at every arrow, in each kind of command
npm run chaos -- --long                   what takes its time: ten minutes without a network, a crash loop
                                          to its end, an agent that is too old for its panel

The walk takes three nodes with a game each to which nothing may happen, and servers that are started,
stopped, restarted, killed, installed, deleted and typed into. In each step one thing goes wrong, each kind
in its turn, in an order that the seed chooses:
  processes    agent or panel killed or standing still; a failure at one arrow of a command's way; an agent
               whose disk is full, or whose wall clock jumps (the first node's: libfaketime)
  link         cut, again and again, silent, gone as with its host, refused, late, narrow; messages twice, out
               of order, from before, cut short, lost, with garbage between them
  Docker       one call fails, all fail, all are late; the engine is killed or stands still (the last node's:
               it is its own, with live-restore); a game is killed, stopped, paused or removed by hand
  PostgreSQL   killed, standing still, without its connections, read-only, without room on its disk; a table
               locked by somebody
Then it looks at the world (the games' own ledgers, Docker, the agents' journals, /proc, the database):
  P1  no game beside it was touched          P2  each act that was accepted came to one end
  P3  each was done at most once, and exactly once where it says so and nothing else was asked of its server
  P4  what is shown is so, nothing went back  P5  nobody called a game down that was only out of sight
  P6  acts of a server began in their order   P7  memory and what is on the agents' disks stayed bounded
  P8  each node was back within 30 s          P9  no other key, and no old handshake, opened a node's door
  P12 somebody else saw and did nothing       P13 a login that was revoked meanwhile had ended within 5 s
Not in it: earlier releases (P10: faults-upgrades.test.ts), files (P11: there are none yet), a panel of
several replicas, 10,000 agents (P8: faults-fleet.test.ts), a full disk of Docker, a database from an older
backup, damaged state of an agent, one key on two machines, an engine without live-restore (faults-*.test.ts
have these). It prints its seed and each step. What happens in which moment of a fault is
the machine's to decide: a seed repeats what is done, not always what comes of it. What the processes printed
in a step that failed is in .cache/chaos.

The matrix is made from the catalogues of failpoints and of commands. --only takes a part of a cell's name,
e.g. --only agent.command.acked@stop:kill9, and --part 2/8 the second of eight parts. By hand, a process
takes the same as CAP_FAILPOINT, where NODE_ENV is not production. All of it takes about an hour; what the
processes of a cell that failed have printed is in .cache/chaos.

Exit codes: 0 all as promised, 1 something was not, 2 asked wrongly.
`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    steps: { type: 'string' },
    seed: { type: 'string' },
    matrix: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    part: { type: 'string', default: '1/1' },
    long: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false }
  }
})

process.exitCode = await main()
process.exit()

async function main(): Promise<number> {
  const isWalk = values.minutes !== undefined || values.steps !== undefined
  const asked = [isWalk, values.matrix, values.long].filter(Boolean).length
  if (values.help || asked !== 1) {
    say(help)
    return values.help ? 0 : 2
  }
  const teardowns: (() => unknown)[] = []
  const t = { teardown: (fn: () => unknown) => teardowns.unshift(fn) }
  try {
    if (values.long) return await takeTime(t)
    return values.matrix ? await tryCells(t) : await takeWalk(t)
  } finally {
    for (const teardown of teardowns) await teardown()
  }
}

interface Owner {
  teardown(fn: () => unknown): unknown
}

async function tryCells(t: Owner): Promise<number> {
  const [, part, of] = (/^(\d+)\/(\d+)$/.exec(values.part) ?? []).map(Number)
  if (!part || !of || part > of) {
    say('--part is one of so many, e.g. 2/8')
    return 2
  }
  const all = allCells().filter(cell => titleOf(cell).includes(values.only))
  const cells = partOf(all, { part, of })
  say(`${cells.length} cells`)
  let failed = 0
  const began = performance.now()
  await runMatrix(t, cells, outcome => {
    if (outcome.problem !== undefined) failed += 1
    say(lineOf(outcome))
  })
  const seconds = Math.round((performance.now() - began) / 1_000)
  say(`${cells.length - failed} cells as promised, ${failed} not, in ${seconds} s`)
  return failed > 0 ? 1 : 0
}

async function takeTime(t: Owner): Promise<number> {
  const outcomes = await takeLong(t, say)
  return outcomes.every(Boolean) ? 0 : 1
}

async function takeWalk(t: Owner): Promise<number> {
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
  const steps = Number(values.steps ?? Number.POSITIVE_INFINITY)
  const ms =
    values.minutes === undefined ? Number.POSITIVE_INFINITY : Number(values.minutes) * 60_000
  if (Number.isNaN(seed + steps + ms)) {
    say('--seed, --steps and --minutes are numbers')
    return 2
  }
  let step = 0
  say(`seed ${seed}`)
  try {
    const taken = await walk(t, {
      ...{ seed, steps, ms },
      say(line) {
        step += 1
        say(line)
      }
    })
    say(`${taken} steps, all as promised`)
    return 0
  } catch (err) {
    say(`step ${step + 1}: ${err instanceof Error ? err.stack : String(err)}`)
    say(`Again: npm run chaos -- --seed ${seed} --steps ${step + 1}`)
    return 1
  }
}

/** At once, also when the process ends right after. */
function say(line: string): void {
  writeFileSync(1, `${line}\n`)
}
