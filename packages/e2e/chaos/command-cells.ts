import type { Json } from '../test/world/api.ts'
import type { Checker, Deed, DeedOptions, Row } from '../test/world/checker.ts'
import { patience } from '../test/world/config.ts'
import { until } from '../test/world/until.ts'
import { type Cell, roadOf } from './cells.ts'
import { type AskedFor, ask, prepare, type Wanted } from './deeds.ts'
import type { Field, Lane } from './field.ts'
import { orderOf, overcome, panelOf, supervised } from './victim.ts'

const REACHED_MS = 25_000 * patience

/** One agent fails in the way of one command. */
export async function agentCell(
  field: Field,
  checker: Checker,
  lane: Lane,
  cell: Cell
): Promise<void> {
  const { failpoint, kind, action } = cell
  if (!kind) throw new Error(`${failpoint} is no command's`)
  const prepared = await prepare(field, lane, kind)
  const before = await field.epochs()
  lane.arming.arm(`${failpoint}:${orderOf(action)}`)
  const { deed, answered } = await ask(field, prepared)
  await lane.arming.fired(REACHED_MS)
  await overcome(lane.agent, action)
  const options = { healedAtMs: Date.now(), isWhole: action !== 'error' }
  if (action === 'kill9') await field.untilBack([lane], before)
  await answered
  // Of a node that is silent for so long nobody knows whether its games run.
  const isSilent = action === 'stop'
  if (isSilent) await untilShownRunning(field, lane)
  await supervised(lane.agent, verify(field, checker, { lane, deed, options, isSilent }))
  if (isSilent) lane.bystander.sinceMs = Date.now()
}

/** The panel fails once, with a command of each kind at the same arrow. Answers what is wrong with which kind. */
export async function panelRound(
  field: Field,
  checker: Checker,
  cells: readonly Cell[]
): Promise<Map<Cell, unknown>> {
  const [first] = cells
  if (!first) return new Map()
  const { failpoint, action } = first
  const kinds = cells.flatMap(({ kind }) => kind ?? [])
  const order = `${failpoint}@${kinds.join('+')}:${orderOf(action)}`
  const panel = panelOf(field.world)
  const prepared = await Promise.all(
    kinds.map((kind, at) => prepare(field, laneAt(field, at), kind))
  )
  const lanes = prepared.map(({ lane }) => lane)
  const before = await field.epochs()
  const asked = await walk(roadOf(failpoint), { field, prepared, order })
  await field.arming.fired(REACHED_MS)
  await overcome(panel, action)
  await Promise.all(lanes.map(async ({ agent }) => agent.hasEnded() && agent.start()))
  const options = { healedAtMs: Date.now(), isWhole: action !== 'error' }
  if (action === 'kill9') await field.untilBack(lanes, before)
  await Promise.all(asked.map(({ answered }) => answered))
  const problems = new Map<Cell, unknown>()
  const verifying = asked.map(async ({ deed }, at) => {
    const cell = cells[at]
    const lane = lanes[at]
    if (!cell || !lane) return
    await verify(field, checker, { lane, deed, options }).catch(err => problems.set(cell, err))
  })
  await supervised(panel, Promise.all(verifying))
  return problems
}

interface Walk {
  field: Field
  prepared: Wanted[]
  /** What the panel's failpoint is to be armed with. */
  order: string
}

/** Brings the commands onto the road on which the panel is to fail. */
async function walk(road: ReturnType<typeof roadOf>, walking: Walk): Promise<AskedFor[]> {
  const { field, prepared, order } = walking
  switch (road) {
    case 'cancel':
      return cancelled(walking)
    case 'expiry':
      return expired(walking)
    case 'return':
      return returned(walking)
    default:
      field.arming.arm(order)
      return askAll(field, prepared)
  }
}

/** Commands wait for nodes that are away, and are called off. */
async function cancelled({ field, prepared, order }: Walk): Promise<AskedFor[]> {
  const asked = await queued(field, prepared)
  field.arming.arm(order)
  for (const { deed } of asked) {
    const path = `/api/v1/commands/${deed.answer.body.command.id}/cancel`
    field.world.admin.request('POST', path).catch(() => undefined)
  }
  return asked
}

/** Commands wait for nodes that are away, until their time is over. */
async function expired({ field, prepared, order }: Walk): Promise<AskedFor[]> {
  const { world } = field
  const asked = await queued(field, prepared)
  await world.killPanel()
  const ids = asked.map(({ deed }) => deed.answer.body.command.id)
  // A day passes.
  await world.database.query(
    `UPDATE "Command" SET "expiresAt" = now() WHERE id = ANY($1::uuid[])`,
    [ids]
  )
  field.arming.arm(order)
  await Promise.all([world.startPanel(), ...prepared.map(({ lane }) => lane.agent.start())])
  return asked
}

/** Agents die when they have done it and before they told; then they come back. */
async function returned({ field, prepared, order }: Walk): Promise<AskedFor[]> {
  for (const { lane } of prepared) lane.arming.arm('agent.outcome.journaled:kill9')
  const asked = await askAll(field, prepared)
  await Promise.all(
    prepared.map(async ({ lane }) => {
      await lane.arming.fired(REACHED_MS)
      await until('the agent ends', lane.agent.hasEnded)
    })
  )
  field.arming.arm(order)
  await Promise.all(prepared.map(({ lane }) => lane.agent.start()))
  return asked
}

async function queued(field: Field, prepared: Wanted[]): Promise<AskedFor[]> {
  await Promise.all(prepared.map(({ lane }) => lane.agent.kill9()))
  const asked = await askAll(field, prepared, { queue: true })
  await Promise.all(asked.map(({ answered }) => answered))
  for (const { deed } of asked) {
    if (deed.answer.status !== 202 && deed.answer.status !== 201) {
      throw new Error(`not queued: ${JSON.stringify(deed.answer)}`)
    }
  }
  return asked
}

function askAll(field: Field, prepared: Wanted[], how = { queue: false }): Promise<AskedFor[]> {
  return Promise.all(prepared.map(one => ask(field, one, how)))
}

interface Verifying {
  lane: Lane
  deed: Deed
  options: DeedOptions
  isSilent?: boolean
}

async function untilShownRunning({ world }: Field, { bystander }: Lane): Promise<void> {
  const path = `/api/v1/servers/${bystander.serverId}`
  await until(
    'P4: the game beside it is shown as it is again',
    async () => (await world.admin.get(path)).status === 'RUNNING',
    { deadlineMs: 30_000 * patience }
  )
}

async function verify(
  field: Field,
  checker: Checker,
  { lane, deed, options, isSilent = false }: Verifying
): Promise<void> {
  const row = await checker.deed(deed, options)
  await checker.bystander(lane.bystander, { mayBeUnknown: isSilent })
  if (row) await checkAskedAgain(field, deed, row)
  await keep(field, lane, row?.serverId ?? deed.serverId)
}

/** Whoever asks once more with the same key hears of the same command, and nothing is done twice. */
async function checkAskedAgain(field: Field, deed: Deed, row: Row): Promise<void> {
  const { status, body } = await deed.again(field.world.admin)
  const told: Json = body?.command?.id ?? body?.details?.[0]?.id
  const isTold = told === row.id
  // Its server is gone, so that nobody may ask anything of it.
  const isGone = deed.kind === 'delete' && status === 404
  if (!isTold && !isGone) {
    throw new Error(`P2: asked again: ${status} ${JSON.stringify(body)} instead of ${row.id}`)
  }
}

/** A server that came out whole serves the next deed. */
async function keep(field: Field, lane: Lane, serverId: string | undefined): Promise<void> {
  if (!serverId) return
  const { status, body } = await field.world.admin.request('GET', `/api/v1/servers/${serverId}`)
  if (status !== 200 || body.installState !== 'DONE' || body.desiredState === 'ABSENT') return
  if (/^(RUNNING|STOPPED)$/.test(body.status)) lane.servers.push(serverId)
}

function laneAt(field: Field, at: number): Lane {
  const lane = field.lanes[at % field.lanes.length]
  if (!lane) throw new Error('there is no lane')
  return lane
}
