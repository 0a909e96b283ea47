import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type CommandKind, isCommandKind } from '@ctrl-alt-play/protocol'
import type { Deed } from '../test/world/checker.ts'
import { ask } from './deeds.ts'
import { pick } from './fault.ts'
import type { Field, Lane } from './field.ts'

/** A line that somebody typed into a game that never goes down. */
export interface Typed {
  lane: Lane
  line: string
  /** 0: nobody answered. */
  status: number
}

export interface Asked {
  deeds: Deed[]
  typed: Typed[]
}

/** What people do, and how often of ten. */
const usual: (CommandKind | 'type')[] = [
  'start',
  'start',
  'start',
  'stop',
  'stop',
  'restart',
  'restart',
  'kill',
  'type',
  'type'
]
const rare: CommandKind[] = ['install', 'reinstall', 'delete']
const RARELY = 0.12
const ASKED_TWICE = 0.3
const MOST_PAUSE_MS = 900

interface Wish {
  lane: Lane
  what: CommandKind | 'type'
  serverId: string | undefined
  afterMs: number
  twice: boolean
}

/** The wishes of one step, chosen before anything happens, so that a seed repeats them. */
export function chooseWishes(field: Field, random: () => number): Wish[] {
  return field.lanes.flatMap(lane =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
      const what = pick(random() < RARELY ? rare : usual, random) ?? 'start'
      const serverId = what === 'install' ? undefined : pick(lane.servers, random)
      const twice = random() < ASKED_TWICE
      return { lane, what, serverId, afterMs: random() * MOST_PAUSE_MS, twice }
    })
  )
}

/** Does as wished; resolves when every answer is there, or will not come. */
export async function fulfil(field: Field, wishes: Wish[]): Promise<Asked> {
  const deeds: Deed[] = []
  const typed: Typed[] = []
  await Promise.all(
    wishes.map(async ({ lane, what, serverId, afterMs, twice }) => {
      await pause(afterMs)
      if (what === 'type') return void typed.push(await typeLine(field, lane))
      if (!isCommandKind(what) || (serverId === undefined && what !== 'install')) return
      const { deed, answered } = await ask(field, { lane, kind: what, serverId })
      deeds.push(deed)
      // Whoever has no answer asks again, or at once, by the same key.
      const again = twice ? deed.again(field.world.admin).catch(() => undefined) : undefined
      await Promise.all([answered, again])
    })
  )
  return { deeds, typed }
}

async function typeLine({ world }: Field, lane: Lane): Promise<Typed> {
  const line = randomUUID()
  const path = `/api/v1/servers/${lane.bystander.serverId}/console`
  const status = await world.admin.request('POST', path, { command: line }).then(
    answer => answer.status,
    () => 0
  )
  return { lane, line, status }
}
