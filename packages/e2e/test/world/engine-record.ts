import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { until } from './until.ts'
import type { Teardown } from './world.ts'

/** What the engines said has happened to games, from when the recording began. */
export interface EngineRecord {
  /** How often: runs that began, runs that ended, containers that went. */
  count(serverId: string, action: 'start' | 'die' | 'destroy'): number
  /** Which run of the server each start was, by its container's label, in order. */
  runs(serverId: string): readonly number[]
}

/** Listens to the engines until the test ends: they keep only their newest events themselves. */
export async function recordEngine(t: Teardown, ...engines: Docker[]): Promise<EngineRecord> {
  const counts = new Map<string, number>()
  const runs = new Map<string, number[]>()
  const streams = new Map<Docker, Readable>()
  let isOver = false
  t.teardown(() => {
    isOver = true
    for (const stream of streams.values()) stream.destroy()
  })

  function note(line: string): void {
    const { Action, Actor } = JSON.parse(line)
    const serverId = Actor.Attributes['cap.server']
    const place = `${serverId} ${Action}`
    counts.set(place, (counts.get(place) ?? 0) + 1)
    if (Action !== 'start') return
    runs.set(serverId, [...(runs.get(serverId) ?? []), Number(Actor.Attributes['cap.restart'])])
  }

  async function listen(docker: Docker): Promise<void> {
    const event = ['start', 'die', 'destroy']
    const filters = { type: ['container' as const], event, label: ['cap.server'] }
    const stream = (await docker.getEvents({ filters })) as unknown as Readable
    streams.set(docker, stream)
    stream.on('error', () => undefined)
    stream.once('close', () => void listenAgain(docker))
    const lines = createInterface({ input: stream })
    lines.on('error', () => undefined)
    lines.on('line', note)
  }

  /** An engine that was killed comes back; what happened meanwhile nobody tells. */
  async function listenAgain(docker: Docker): Promise<void> {
    const isBack = () => isOver || listen(docker).then(() => true)
    await until('the engine tells again', isBack, { deadlineMs: 60_000 }).catch(() => undefined)
  }

  await Promise.all(engines.map(listen))
  return {
    count: (serverId, action) => counts.get(`${serverId} ${action}`) ?? 0,
    runs: serverId => runs.get(serverId) ?? []
  }
}
