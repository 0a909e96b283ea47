import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Checker, createChecker, type Deed, type Row } from '../test/world/checker.ts'
import { type Effects, effectsOn } from '../test/world/effects.ts'
import { createRandom } from '../test/world/link-faults.ts'
import type { Teardown } from '../test/world/world.ts'
import { newServer } from './deeds.ts'
import { chooseFault, type Stage } from './faults.ts'
import { createField, type Field, type Lane } from './field.ts'
import { chooseWishes, fulfil, type Typed } from './load.ts'
import { startPrivatePostgres } from './private-postgres.ts'

export interface WalkOptions {
  seed: number
  /** It ends with the step in which this time is over. */
  ms: number
  /** And after so many steps. */
  steps: number
  say(line: string): void
}

const LANES = 3
const SERVERS = 3

/** Things go wrong at random while people are at work; after each the promises are checked. Rejects with the first that is broken. */
export async function walk(t: Teardown, { seed, ms, steps, say }: WalkOptions): Promise<number> {
  const random = createRandom(seed)
  const postgres = await startPrivatePostgres(t)
  const { database } = postgres
  const field = await createField(t, { lanes: LANES, withRoads: true, database })
  const stage: Stage = { field, postgres }
  const checker = createChecker(field)
  for (const lane of field.lanes) await fill(field, lane)
  const end = Date.now() + ms
  let step = 0
  while (step < steps && Date.now() < end) {
    step += 1
    await takeStep({ stage, checker, random, say, step })
    for (const lane of field.lanes) await fill(field, lane)
  }
  return step
}

interface Step {
  stage: Stage
  checker: Checker
  random: () => number
  say(line: string): void
  step: number
}

async function takeStep({ stage, checker, random, say, step }: Step): Promise<void> {
  const { field } = stage
  const fault = chooseFault(stage, random)
  const wishes = chooseWishes(field, random)
  const startsAfterMs = random() * 1_200
  const told = wishes.map(({ lane, what }) => `${lane.name} ${what}`).join(', ')
  const began = Date.now()
  const counts = new Map(
    field.lanes.flatMap(({ agent, servers }) =>
      servers.map(serverId => [serverId, effectsOn({ agent, serverId }, field.engine)] as const)
    )
  )
  const working = fulfil(field, wishes)
  await pause(startsAfterMs)
  await fault.happen()
  await revive(field)
  const healedAtMs = Date.now()
  const { deeds, typed } = await working
  const rows = await checkDeeds(checker, deeds, healedAtMs)
  for (const lane of field.lanes) {
    const ofLane = deeds.filter(({ agent }) => agent === lane.agent)
    await checkServers({ field, checker, lane, healedAtMs }, { deeds: ofLane, rows, counts, fault })
    await checker.bystander(lane.bystander)
  }
  for (const one of typed) checkTyped(one)
  await checker.nodes()
  const seconds = ((Date.now() - began) / 1_000).toFixed(1)
  const ends = deeds.map(deed => rows.get(deed)?.status ?? deed.answer.status).join(' ')
  say(`${step}. ${fault.says}; meanwhile ${told} → ${ends} (${seconds} s)`)
}

/** What ended by itself is started again, as a service manager would. */
async function revive({ world, lanes }: Field): Promise<void> {
  if (world.panelHasEnded()) await world.startPanel()
  for (const { agent } of lanes) if (agent.hasEnded()) await agent.start()
}

async function checkDeeds(
  checker: Checker,
  deeds: Deed[],
  healedAtMs: number
): Promise<Map<Deed, Row>> {
  const rows = new Map<Deed, Row>()
  await Promise.all(
    deeds.map(async deed => {
      const row = await checker.ended(deed, healedAtMs).catch((err: Error) => {
        throw new Error(`${deed.kind} of ${deed.serverId ?? 'a new server'}: ${err.message}`)
      })
      if (row) rows.set(deed, row)
    })
  )
  return rows
}

interface Happened {
  deeds: Deed[]
  rows: Map<Deed, Row>
  counts: Map<string, Effects>
  fault: { kills?: string }
}

interface Looking {
  field: Field
  checker: Checker
  lane: Lane
  healedAtMs: number
}

/** Each server is shown as it is, and nothing was done to it more often than was asked. */
async function checkServers(
  { field, checker, lane, healedAtMs }: Looking,
  { deeds, rows, counts, fault }: Happened
): Promise<void> {
  const made = deeds.flatMap(deed =>
    deed.serverId === undefined ? (rows.get(deed)?.serverId ?? []) : []
  )
  const left: string[] = []
  for (const serverId of [...lane.servers, ...made]) {
    const place = { agent: lane.agent, serverId }
    const ofServer = deeds.filter(
      deed => (rows.get(deed)?.serverId ?? deed.serverId) === serverId && rows.has(deed)
    )
    const isGone = ofServer.some(
      deed => deed.kind === 'delete' && rows.get(deed)?.status === 'SUCCEEDED'
    )
    await checker.shown(place, { healedAtMs, isWhole: false, isGone })
    const before = counts.get(serverId)
    if (before && !isGone) {
      const after = effectsOn(place, field.engine)
      const may = (...kinds: string[]) =>
        ofServer.filter(deed => kinds.includes(deed.kind) && !isNever(rows.get(deed))).length
      const crashes = fault.kills === serverId ? 1 : 0
      const starts = after.starts - before.starts
      const installs = after.installs - before.installs
      const most = may('start', 'restart') + crashes
      if (starts > most) throw new Error(`P3: ${serverId} began ${starts} runs, asked for ${most}`)
      if (installs > may('reinstall'))
        throw new Error(`P3: ${serverId} was installed ${installs} times`)
    }
    if (!isGone && (await isUsable(field, serverId))) left.push(serverId)
  }
  lane.servers = left
}

function isNever(row: Row | undefined): boolean {
  return !row || /EXPIRED|CANCELLED/.test(row.status) || row.result?.neverBegan === true
}

async function isUsable({ world }: Field, serverId: string): Promise<boolean> {
  const { body } = await world.admin.request('GET', `/api/v1/servers/${serverId}`)
  const isWanted = body.installState === 'DONE' && body.desiredState !== 'ABSENT'
  return isWanted && /^(RUNNING|STOPPED)$/.test(body.status)
}

/** A line comes once when it was said to have come, and never twice. */
function checkTyped({ lane, line, status }: Typed): void {
  const ledger = join(lane.agent.dataDir, lane.bystander.serverId, 'ledger.txt')
  const lines = readFileSync(ledger, 'utf8').split('\n')
  const count = lines.filter(one => one === `input ${line}`).length
  const isSaid = status >= 200 && status < 300
  if (count > 1 || (isSaid && count === 0) || (status === 409 && count > 0)) {
    throw new Error(`P3: a line was typed ${count} times, and answered with ${status}`)
  }
}

async function fill(field: Field, lane: Lane): Promise<void> {
  while (lane.servers.length < SERVERS) lane.servers.push(await newServer(field, lane))
}
