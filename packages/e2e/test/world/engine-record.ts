import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import type { Teardown } from './world.ts'

/** What the engine said has happened to games, from when the recording began. */
export interface EngineRecord {
  /** How often: runs that began, runs that ended, containers that went. */
  count(serverId: string, action: 'start' | 'die' | 'destroy'): number
}

/** Listens to the engine until the test ends: it keeps only its newest events itself. */
export async function recordEngine(t: Teardown, docker: Docker): Promise<EngineRecord> {
  const event = ['start', 'die', 'destroy']
  const filters = { type: ['container' as const], event, label: ['cap.server'] }
  const stream = (await docker.getEvents({ filters })) as unknown as Readable
  t.teardown(() => stream.destroy())
  stream.on('error', () => undefined)
  const counts = new Map<string, number>()
  const lines = createInterface({ input: stream })
  lines.on('error', () => undefined)
  lines.on('line', line => {
    const { Action, Actor } = JSON.parse(line)
    const place = `${Actor.Attributes['cap.server']} ${Action}`
    counts.set(place, (counts.get(place) ?? 0) + 1)
  })
  return { count: (serverId, action) => counts.get(`${serverId} ${action}`) ?? 0 }
}
