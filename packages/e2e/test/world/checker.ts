import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type CommandKind, recoveryOf } from '@ctrl-alt-play/protocol'
import type { Json, Person } from './api.ts'
import { unbounded } from './bounds-check.ts'
import { patience } from './config.ts'
import { letIn, type Overheard } from './door-check.ts'
import { type Being, dueFrom, type Effects, effectOf, effectsOn, nothingYet } from './effects.ts'
import type { EngineRecord } from './engine-record.ts'
import type { Guest } from './guest.ts'
import { outOfTurn } from './order-check.ts'
import { type Foreign, type Tenant, trespasses } from './tenant.ts'
import { until } from './until.ts'
import type { Witness } from './witness.ts'
import type { AgentProcess, World } from './world.ts'

/** One thing that was asked of the API, and what was there before. */
export interface Deed {
  kind: CommandKind
  /** Its Idempotency-Key, by which the row is found that it made, if any. */
  key: string
  agent: AgentProcess
  /** Undefined for a server that the deed itself makes. */
  serverId: string | undefined
  before: Effects
  /** Status 0: nobody answered. */
  answer: Answer
  /** The same request once more. */
  again(by: Person): Promise<Answer>
}

export interface Answer {
  status: number
  body: Json
}

type Ended = Pick<Deed, 'key' | 'answer'> & Partial<Pick<Deed, 'kind'>>

interface Bystander {
  serverId: string
  pid: number
  startedAt: string
  /** From when on nothing may be seen of it but that it runs. */
  sinceMs: number
}

export interface Row {
  id: string
  status: string
  serverId: string
  result: { neverBegan?: boolean; startedAt?: string } | null
  errorCode: string | null
  errorMessage: string | null
}

/**
 * What is promised whatever fails, checked against the world. Each check rejects with what is broken:
 * P1 games go on, P2 what was accepted comes to one end, P3 each thing is done at most once, P4 nothing goes
 * backwards and what is shown comes true, P5 nobody calls a game down that is only out of sight, P6 commands
 * of a server keep their order, P7 everything is bounded, P8 the nodes are back in 30 s, P9 a key opens its
 * own node's door, P12 others' things are not there, P13 what is revoked has ended within 5 s. That agents of
 * earlier releases are understood (P10) is for faults-upgrades.test.ts; of files (P11) there are none yet.
 */
export interface Checker {
  /** All that is promised of one deed. Resolves with the row, if it made one; rejects with what is wrong. */
  deed(deed: Deed, options: DeedOptions): Promise<Row | undefined>
  /** P3 of it alone, as soon as it has ended. `was`: what there was of its container before. */
  effect(deed: Deed, row: Row | undefined, options: EffectOptions): void
  /** Its row, if there has to be one, comes to one end by the allowed steps. */
  ended(deed: Ended, healedAtMs: number): Promise<Row | undefined>
  /** What is shown, wanted and true of the server come to be one. */
  shown(place: Place, options: DeedOptions & { isGone: boolean }): Promise<void>
  bystander(bystander: Bystander, options?: { mayBeUnknown?: boolean }): Promise<void>
  /** Nothing of a node went backwards. */
  nodes(): Promise<void>
  /** P6 */
  order(agents: readonly AgentProcess[]): Promise<void>
  /** P7 */
  bounds(agents: readonly AgentProcess[]): Promise<void>
  /** P8 */
  back(agents: readonly AgentProcess[], healedAtMs: number): Promise<void>
  /** P9 */
  door(overheard: readonly Overheard[]): Promise<void>
  /** P12 */
  tenant(tenant: Tenant, foreign: Foreign): Promise<void>
  /** P13. `revokedAtMs`: when it was certain. */
  guest(guest: Guest, revokedAtMs: number): Promise<void>
}

interface EffectOptions {
  isWhole: boolean
  was?: Being | undefined
}

interface Place {
  agent: AgentProcess
  serverId: string
}

export interface DeedOptions {
  /** When the last fault was over. */
  healedAtMs: number
  /** Nothing was made to go wrong but time and processes: then what was accepted succeeds. */
  isWhole: boolean
}

/** By then everything is as it should be again. */
const CONVERGED_MS = 30_000 * patience

const ranks: Record<string, number> = { QUEUED: 0, DISPATCHED: 1, ACKED: 2, RUNNING: 3 }
const FINAL = 4
const rankOf = (status: string): number => ranks[status] ?? FINAL

export function createChecker(parts: {
  world: World
  witness: Witness
  engine: EngineRecord
}): Checker {
  const { world, witness, engine } = parts

  async function rowOf({ key, kind, answer }: Ended): Promise<Row | undefined> {
    const columns = `id, status::text, "serverId", result, "errorCode", "errorMessage"`
    const rows = await world.database.query(
      `SELECT ${columns} FROM "Command" WHERE "idempotencyKey" = $1`,
      [key]
    )
    expect('P3', rows.length <= 1, `${rows.length} commands of one request`)
    // Who asks for a deletion that is under way is told of that one.
    const told = kind === 'delete' && rows.length === 0 ? answer.body?.command?.id : undefined
    if (told === undefined) return rows[0] as Row | undefined
    const [other] = await world.database.query(
      `SELECT ${columns} FROM "Command" WHERE id = $1 AND kind = 'delete'`,
      [told]
    )
    return other as Row | undefined
  }

  async function finalRow(deed: Ended, healedAtMs: number): Promise<Row> {
    let seen: Row | undefined
    const deadlineMs = Math.max(1_000, healedAtMs + CONVERGED_MS - Date.now())
    return until(
      'the command ends',
      async () => {
        seen = await rowOf(deed)
        return seen && rankOf(seen.status) === FINAL && seen
      },
      { deadlineMs }
    ).catch(() => {
      throw new Error(`P2: 30 s after the fault the command is ${seen?.status}`)
    })
  }

  async function checkSteps({ id, status }: Row): Promise<void> {
    const steps = (await witness.commandSteps(id)).map(step => step.status)
    const told = steps.join(' → ')
    const goesOn = steps.every((step, at) => at === 0 || rankOf(steps[at - 1] ?? '') < rankOf(step))
    expect('P2', goesOn, `the command went ${told}`)
    expect('P2', steps.at(-1) === status, `the command went ${told} and is ${status}`)
  }

  function effect(deed: Deed, row: Row | undefined, { isWhole, was }: EffectOptions): void {
    const serverId = row?.serverId ?? deed.serverId
    const after = serverId ? effectsOn({ agent: deed.agent, serverId }, engine) : nothingYet
    const count = effectOf[deed.kind](deed.before, after)
    const told = row ? `${row.status} ${row.errorCode ?? ''} ${row.errorMessage ?? ''}` : 'no row'
    const isNever = !row || /EXPIRED|CANCELLED/.test(row.status) || row.result?.neverBegan === true
    const most = isNever ? 0 : 1
    expect('P3', count <= most, `done ${count} times: ${told}`)
    const due = was === undefined ? 1 : dueFrom(deed.kind, was)
    const isDone = row?.status !== 'SUCCEEDED' || count === due
    expect('P3', isDone, `done ${count} times instead of ${due}: ${told}`)
    if (!isWhole || !row || isNever) return
    const mayBeUnknown = recoveryOf[deed.kind] === 'unknown' && row.status === 'UNKNOWN'
    expect('P3', row.status === 'SUCCEEDED' || mayBeUnknown, told)
  }

  async function shown(
    { agent, serverId }: Place,
    { healedAtMs, isWhole, isGone }: DeedOptions & { isGone: boolean }
  ): Promise<void> {
    let seen = ''
    await until(
      'the server is shown as it is',
      async () => {
        const { status, body } = await world.admin.request('GET', `/api/v1/servers/${serverId}`)
        const container = await world.containerOf(serverId)
        const isUp = container?.State.Running === true
        const { desiredState, installState } = body
        seen = `shown ${status} ${body.status} (install ${installState}), wanted ${desiredState}, ${isUp ? 'up' : 'down'}`
        if (isGone)
          return status === 404 && !container && !existsSync(join(agent.dataDir, serverId))
        if (status !== 200) return false
        // What went wrong may be tried again a while later.
        if (!isWhole && /CRASHED|STARTING/.test(body.status)) return !isUp
        const isWanted = (desiredState === 'RUNNING') === isUp
        return isWanted && body.status === shownAs(isUp, installState)
      },
      { deadlineMs: Math.max(3_000, healedAtMs + CONVERGED_MS - Date.now()), everyMs: 100 }
    ).catch(() => {
      throw new Error(`P4: ${seen}`)
    })
  }

  async function ended(deed: Ended, healedAtMs: number): Promise<Row | undefined> {
    const { answer } = deed
    const isAccepted = answer.status >= 200 && answer.status < 300
    const isRefused = answer.status >= 400 && answer.status < 500
    const found = await rowOf(deed)
    expect('P2', !isAccepted || found !== undefined, 'accepted, and no row of it')
    expect('P2', !isRefused || found === undefined, `refused with ${answer.status}, and a row`)
    if (!found) return undefined
    const row = await finalRow(deed, healedAtMs)
    await checkSteps(row)
    return row
  }

  function expectNone(promise: string, problems: readonly string[]): void {
    expect(promise, problems.length === 0, problems.join('; '))
  }

  /** By what the panel shows and by its agent's own words. */
  async function isBack(agent: AgentProcess): Promise<boolean> {
    const { status, body } = await world.admin.request('GET', `/api/v1/nodes/${agent.nodeId}`)
    return status === 200 && body.status === 'ONLINE' && !agent.hasEnded() && agent.isConnected()
  }

  return {
    ended,
    shown,
    effect,
    async deed(deed, options) {
      const row = await ended(deed, options.healedAtMs)
      const serverId = row?.serverId ?? deed.serverId
      const isGone = deed.kind === 'delete' && row?.status === 'SUCCEEDED'
      if (serverId) await shown({ agent: deed.agent, serverId }, { ...options, isGone })
      effect(deed, row, options)
      return row
    },

    async bystander({ serverId, pid, startedAt, sinceMs }, { mayBeUnknown = false } = {}) {
      const state = (await world.containerOf(serverId))?.State
      expect('P1', state?.Pid === pid, `a game beside it had pid ${pid} and has ${state?.Pid}`)
      expect('P1', state?.StartedAt === startedAt, 'a game beside it was started again')
      const shown = await witness.shownStatuses(serverId, sinceMs)
      const wrong = shown.filter(
        status => status !== 'RUNNING' && !(mayBeUnknown && status === 'UNKNOWN')
      )
      expect('P5', wrong.length === 0, `a game that ran on was shown as ${wrong.join(', ')}`)
    },

    async nodes() {
      const wrong = await witness.backwards()
      expectNone('P4', wrong)
    },

    async order(agents) {
      expectNone('P6', await outOfTurn(agents, { witness, engine }))
    },

    async bounds(agents) {
      expectNone('P7', await unbounded(world, agents))
    },

    async back(agents, healedAtMs) {
      const deadlineMs = Math.max(1_000, healedAtMs + CONVERGED_MS - Date.now())
      const away = agents.map(async agent => {
        const isThere = until('the node is back', () => isBack(agent), { deadlineMs })
        return isThere.then(
          () => [],
          () => [`30 s after the fault node ${agent.nodeId} is not back`]
        )
      })
      expectNone('P8', (await Promise.all(away)).flat())
    },

    async door(overheard) {
      expectNone('P9', await letIn(world, overheard))
    },

    async tenant(tenant, foreign) {
      expectNone('P12', await trespasses(world, tenant, foreign))
    },

    async guest(guest, revokedAtMs) {
      const answersAtMs = await until(
        'the panel answers again',
        async () =>
          (await world.admin.request('GET', '/api/v1/nodes')).status === 200 && Date.now(),
        { deadlineMs: CONVERGED_MS }
      )
      expectNone('P13', await guest.leftOpen(Math.max(revokedAtMs, answersAtMs)))
    }
  }
}

function shownAs(isUp: boolean, installState: string): string {
  if (isUp) return 'RUNNING'
  return installState === 'FAILED' ? 'INSTALL_FAILED' : 'STOPPED'
}

function expect(promise: string, holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`${promise}: ${otherwise}`)
}
