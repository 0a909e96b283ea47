import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { patience } from '../test/world/config.ts'
import type { Running } from '../test/world/process.ts'
import { until } from '../test/world/until.ts'
import type { AgentProcess } from '../test/world/world.ts'
import { type Cell, ownerOf, roadOf } from './cells.ts'
import type { Field } from './field.ts'
import { type Action, orderOf, overcome, panelOf, supervised } from './victim.ts'

const CONVERGED_MS = 30_000 * patience
const REACHED_MS = 25_000 * patience

/** One of the two ends fails while a machine gets its first key, or its next one. */
export async function keyCell(field: Field, cell: Cell): Promise<void> {
  const name = `key-${cell.failpoint.replaceAll('.', '-')}-${cell.action}`
  if (roadOf(cell.failpoint) === 'enrolment') await enrolment(field, cell, name)
  else await rotation(field, cell, name)
}

async function enrolment(field: Field, { failpoint, action }: Cell, name: string): Promise<void> {
  const order = `${failpoint}:${orderOf(action)}`
  const isAgents = ownerOf(failpoint) === 'agent'
  const agent = await field.world.addNode(name, {
    env: { CAP_RECONNECT_SECONDS: '1' },
    async register(attempt) {
      if (!isAgents) field.arming.arm(order)
      const first = attempt(isAgents ? { CAP_FAILPOINT: order } : {})
      if (isAgents) await untilFired(first, action)
      else {
        await field.arming.fired(REACHED_MS)
        await overcome(panelOf(field.world), action)
      }
      if ((await ended(first)) === 0) return
      const second = attempt()
      const isDone = (await ended(second)) === 0 || /is node .* already/.test(second.output())
      if (!isDone) throw new Error(`P9: the line pasted once more: ${second.output()}`)
    }
  })
  try {
    await oneKeyWorks(field, agent, undefined)
  } finally {
    await agent.stop()
  }
}

/** A program that ends by itself, whatever becomes of it. */
async function untilFired(first: Running, action: Action): Promise<void> {
  if (action !== 'stop') return
  const hasEnded = () => first.child.exitCode !== null || first.child.signalCode !== null
  await overcome(
    { pid: () => first.child.pid ?? 0, hasEnded, start: async () => undefined },
    action
  )
}

async function ended({ child, output }: Running): Promise<number | string> {
  return until('the line is done', () => child.exitCode?.toString() ?? child.signalCode, {
    deadlineMs: REACHED_MS
  })
    .then(code => (code === '0' ? 0 : code))
    .catch(err => {
      throw new Error(`${err.message}\n${output()}`)
    })
}

async function rotation(field: Field, { failpoint, action }: Cell, name: string): Promise<void> {
  const { world } = field
  const order = `${failpoint}:${orderOf(action)}`
  const isAgents = ownerOf(failpoint) === 'agent'
  const file = join(world.dir, `${name}.failpoint`)
  const env = { CAP_FAILPOINT: `file:${file}`, CAP_RECONNECT_SECONDS: '1' }
  const agent = await world.addNode(name, { env })
  try {
    await agent.stop()
    const before = await credentialsOf(agent)
    // A hundred days pass.
    before.key.createdAt = new Date(Date.now() - 100 * 24 * 3_600_000).toISOString()
    await writeFile(join(agent.stateDir, 'credentials.json'), JSON.stringify(before))
    if (isAgents) await writeFile(file, order)
    else field.arming.arm(order)
    await agent.start()
    if (isAgents) {
      await until(`${order} is reached`, () => gone(file), { deadlineMs: REACHED_MS })
      await overcome(agent, action)
    } else {
      await field.arming.fired(REACHED_MS)
      await overcome(panelOf(world), action)
    }
    // A key that could not be made is made at a later session.
    const mustBeNew = action !== 'error'
    await supervised(agent, oneKeyWorks(field, agent, mustBeNew ? before.key.kid : undefined))
  } finally {
    await agent.stop()
  }
}

/** The panel takes exactly one key of the node, and that is the one that the machine has. */
async function oneKeyWorks(
  { world }: Field,
  agent: AgentProcess,
  oldKid: string | undefined
): Promise<void> {
  let seen = ''
  await until(
    'one key works',
    async () => {
      const rows = await world.database.query(
        `SELECT kid, status::text FROM "Agent" WHERE "nodeId" = $1 AND status <> 'RETIRED'`,
        [agent.nodeId]
      )
      const { key, nextKey } = await credentialsOf(agent)
      const { status } = await world.admin.get(`/api/v1/nodes/${agent.nodeId}`)
      seen = JSON.stringify({ status, rows, has: key.kid, next: nextKey?.kid, oldKid })
      const active = rows.filter(row => row.status === 'ACTIVE').map(row => row.kid)
      const isIts = active.length === 1 && [key.kid, nextKey?.kid].includes(String(active[0]))
      const isNew = oldKid === undefined || (key.kid !== oldKid && active[0] === key.kid)
      return status === 'ONLINE' && isIts && isNew
    },
    { deadlineMs: CONVERGED_MS }
  ).catch(() => {
    throw new Error(`P9: ${seen}`)
  })
}

interface Keys {
  key: { kid: string; createdAt: string }
  nextKey?: { kid: string }
}

async function credentialsOf(agent: AgentProcess): Promise<Keys> {
  return JSON.parse(await readFile(join(agent.stateDir, 'credentials.json'), 'utf8'))
}

async function gone(file: string): Promise<boolean> {
  return readFile(file).then(
    () => false,
    () => true
  )
}
