import { labels, serverIdOfName } from './container-names.ts'
import type { Driver, EngineEvent } from './driver.ts'
import { DriverError } from './driver-error.ts'
import type { Engine } from './engine.ts'
import { asDriverError } from './engine-errors.ts'
import { readJsonLines } from './json-lines.ts'
import type { OomKills } from './oom-kills.ts'

interface RawEvent {
  Action?: string
  Actor?: { ID?: string; Attributes?: Record<string, string> }
}

const actions = new Set<string>([
  'create',
  'start',
  'die',
  'oom',
  'stop',
  'kill',
  'destroy',
  'rename',
  'pause',
  'unpause'
] satisfies EngineEvent['action'][])

export function createEngineEvents(
  engine: Engine,
  { nodeId, oomKills }: { nodeId: string; oomKills: OomKills }
): Driver['events'] {
  return async function* events(signal) {
    const filters = {
      type: ['container'],
      label: [`${labels.node}=${nodeId}`],
      event: [...actions]
    }
    try {
      const stream = await engine.stream('/events', { filters }, signal)
      for await (const raw of readJsonLines(stream)) {
        const event = asEvent(raw as RawEvent)
        if (event?.action === 'oom') oomKills.note(event.containerId)
        if (event?.action === 'start') oomKills.clear(event.containerId)
        if (event) yield event
      }
    } catch (error) {
      if (signal.aborted) return
      throw asDriverError(error)
    }
    if (signal.aborted) return
    throw new DriverError('ENGINE_UNAVAILABLE', 'The Docker engine ended its stream of events')
  }
}

/** Undefined for what is no game's: an install container is nobody's state. */
function asEvent({ Action, Actor }: RawEvent): EngineEvent | undefined {
  const attributes = Actor?.Attributes ?? {}
  const serverId = attributes[labels.server] ?? serverIdOfName(attributes.name ?? '')
  if (!Action || !actions.has(Action) || !serverId || !Actor?.ID) return
  return { serverId, containerId: Actor.ID, action: Action as EngineEvent['action'] }
}
