import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { AgentBody } from '@ctrl-alt-play/protocol'
import { type Checker, createChecker, type Deed, type Row } from '../test/world/checker.ts'
import { type Being, type Effects, effectsOn } from '../test/world/effects.ts'
import { addGuest, type Guest } from '../test/world/guest.ts'
import { createRandom } from '../test/world/link-faults.ts'
import { addTenant, type Tenant, triesToKill } from '../test/world/tenant.ts'
import type { Teardown } from '../test/world/world.ts'
import { newServer } from './deeds.ts'
import { type Fault, pick, type Random, type Stage } from './fault.ts'
import { createFaultChooser } from './faults.ts'
import { createField, type Field, type Lane } from './field.ts'
import { keepLogs } from './kept-logs.ts'
import { type Asked, chooseWishes, fulfil, type Typed } from './load.ts'
import { startPrivatePostgres } from './private-postgres.ts'
import { panelOf, supervised } from './victim.ts'

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
const MOST_WAIT_MS = 1_200
/** Somewhere in most faults, and behind the end of some. */
const REVOKED_WITHIN_MS = 6_000

interface Walking {
  stage: Stage
  checker: Checker
  tenant: Tenant
  random: Random
  chooseFault(stage: Stage): Fault
  /** What each agent has said last to prove who it is. */
  overheard: Map<Lane, AgentBody<'auth'>>
  say(line: string): void
}

/** Things go wrong at random while people are at work; after each the promises are checked. Rejects with the first that is broken. */
export async function walk(t: Teardown, { seed, ms, steps, say }: WalkOptions): Promise<number> {
  const random = createRandom(seed)
  const postgres = await startPrivatePostgres(t)
  const { database } = postgres
  const field = await createField(t, { lanes: LANES, withRoads: true, database })
  const { world, lanes, altId } = field
  const tenant = await addTenant(world, { altId, nodeId: lanes[0]?.agent.nodeId ?? '' })
  const walking: Walking = {
    ...{ stage: { field, postgres }, checker: createChecker(field), tenant, random, say },
    ...{ chooseFault: createFaultChooser(random), overheard: new Map() }
  }
  for (const lane of lanes) await fill(field, lane)
  const end = Date.now() + ms
  let step = 0
  while (step < steps && Date.now() < end) {
    step += 1
    await takeStep(walking, step).catch(async err => {
      await keepLogs(`walk ${seed} ${step}`, { world, agents: lanes.map(({ agent }) => agent) })
      throw err
    })
    for (const lane of lanes) await fill(field, lane)
  }
  return step
}

async function takeStep(walking: Walking, step: number): Promise<void> {
  const { stage, random, tenant } = walking
  const { field } = stage
  const { world, lanes } = field
  const fault = walking.chooseFault(stage)
  const wishes = chooseWishes(field, random)
  const startsAfterMs = random() * MOST_WAIT_MS
  const revokesAfterMs = random() * REVOKED_WITHIN_MS
  const how = random() < 0.5 ? 'asked' : 'behind'
  const serverIds = lanes.flatMap(({ servers }) => servers)
  const trespassed = pick(serverIds, random) ?? ''
  const told = wishes.map(({ lane, what }) => `${lane.name} ${what}`).join(', ')
  const began = Date.now()
  const before = await lookAt(field)
  const guest = await addGuest(world, tenant)
  listen(walking)

  const working = fulfil(field, wishes)
  const revoking = pause(revokesAfterMs).then(() => guest.revoke(how))
  const trespassing = pause(revokesAfterMs).then(() => triesToKill(tenant, trespassed))
  const meanwhile = Promise.all([working, revoking, trespassing])
  meanwhile.catch(() => undefined)
  await pause(startsAfterMs)
  await fault.happen()
  const victims = [panelOf(world), ...lanes.map(({ agent }) => agent)]
  const checking = check(walking, { fault, before, guest, meanwhile })
  // What an error has ended may end a while later.
  const checked = victims.reduce((work, one) => supervised(one, work), checking)
  const { deeds, rows } = await checked.catch((err: Error) => {
    throw new Error(`${fault.says}; meanwhile ${told}: ${err.message}`, { cause: err })
  })
  const seconds = ((Date.now() - began) / 1_000).toFixed(1)
  const ends = deeds.map(deed => rows.get(deed)?.status ?? deed.answer.status).join(' ')
  walking.say(`${step}. ${fault.says}; meanwhile ${told} → ${ends} (${seconds} s)`)
}

interface Overcome {
  fault: Fault
  before: Map<string, Before>
  guest: Guest
  meanwhile: Promise<[Asked, revokedAtMs: number, unknown]>
}

/** All promises, after the fault. */
async function check(
  walking: Walking,
  { fault, before, guest, meanwhile }: Overcome
): Promise<{ deeds: Deed[]; rows: Map<Deed, Row> }> {
  const { stage, checker, tenant } = walking
  const { field } = stage
  const { lanes } = field
  const healedAtMs = Date.now()
  const [{ deeds, typed }, revokedAtMs] = await meanwhile
  const agents = lanes.map(({ agent }) => agent)
  await Promise.all([checker.guest(guest, revokedAtMs), checker.back(agents, healedAtMs)])
  const rows = await checkDeeds(checker, deeds, healedAtMs)
  const foreign = lanes.flatMap(({ servers, bystander }) => [bystander.serverId, ...servers])
  for (const lane of lanes) {
    const ofLane = deeds.filter(({ agent }) => agent === lane.agent)
    const looking = { field, checker, lane, healedAtMs }
    await checkServers(looking, { deeds: ofLane, rows, before, fault })
    await checker.bystander(lane.bystander)
  }
  for (const one of typed) checkTyped(one)
  await checker.nodes()
  await checker.order(agents)
  await checker.bounds(agents)
  const heard = listen(walking)
  await checker.door(lanes.map(lane => ({ agent: lane.agent, auth: heard.get(lane) })))
  const commandIds = [...rows.values()].map(({ id }) => id)
  await checker.tenant(tenant, { serverIds: foreign, commandIds })
  return { deeds, rows }
}

interface Before {
  effects: Effects
  was: Being
}

async function lookAt({ world, lanes, engine }: Field): Promise<Map<string, Before>> {
  const places = lanes.flatMap(({ agent, servers }) =>
    servers.map(serverId => ({ agent, serverId }))
  )
  const found = places.map(async (place): Promise<[string, Before]> => {
    const was = beingOf((await world.containerOf(place.serverId))?.State)
    return [place.serverId, { effects: effectsOn(place, engine), was }]
  })
  return new Map(await Promise.all(found))
}

function beingOf(state: { Running: boolean } | undefined): Being {
  if (!state) return 'NONE'
  return state.Running ? 'UP' : 'DOWN'
}

/** Keeps what agents have said to prove who they are: the roads themselves remember only what is new. */
function listen({ stage, overheard }: Walking): Walking['overheard'] {
  for (const lane of stage.field.lanes) {
    const said = lane.roads?.link.messages('toPanel') ?? []
    const newest = said.filter(({ type }) => type === 'auth').at(-1)
    if (newest) overheard.set(lane, newest.body as AgentBody<'auth'>)
  }
  return overheard
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
  before: Map<string, Before>
  fault: Fault
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
  { deeds, rows, before, fault }: Happened
): Promise<void> {
  const made = deeds.flatMap(deed =>
    deed.serverId === undefined ? (rows.get(deed)?.serverId ?? []) : []
  )
  const left: string[] = []
  for (const serverId of [...lane.servers, ...made]) {
    const place = { agent: lane.agent, serverId }
    const ofServer = deeds.filter(deed => serverIdOf(deed, rows) === serverId && rows.has(deed))
    const isGone = ofServer.some(
      deed => deed.kind === 'delete' && rows.get(deed)?.status === 'SUCCEEDED'
    )
    await checker.shown(place, { healedAtMs, isWhole: false, isGone })
    const isClear = fault.kills !== serverId && fault.hides !== lane
    const [only, ...others] = deeds.filter(deed => serverIdOf(deed, rows) === serverId)
    if (only && others.length === 0 && isClear) {
      checker.effect(only, rows.get(only), { isWhole: false, was: before.get(serverId)?.was })
    }
    const then = before.get(serverId)?.effects
    if (then && !isGone) {
      const now = effectsOn(place, field.engine)
      const may = (...kinds: string[]) =>
        ofServer.filter(deed => kinds.includes(deed.kind) && !isNever(rows.get(deed))).length
      const crashes = fault.kills === serverId ? 1 : 0
      const starts = now.starts - then.starts
      const installs = now.installs - then.installs
      const most = may('start', 'restart') + crashes
      if (starts > most) throw new Error(`P3: ${serverId} began ${starts} runs, asked for ${most}`)
      if (installs > may('reinstall'))
        throw new Error(`P3: ${serverId} was installed ${installs} times`)
    }
    if (!isGone && (await isUsable(field, serverId))) left.push(serverId)
  }
  lane.servers = left
}

function serverIdOf(deed: Deed, rows: Map<Deed, Row>): string | undefined {
  return rows.get(deed)?.serverId ?? deed.serverId
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
