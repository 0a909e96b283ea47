import { readJournal } from '../../../agent/src/state/journal.ts'
import type { JournalRecord } from '../../../agent/src/state/journal-entries.ts'
import { scanRecords } from '../../../agent/src/state/journal-format.ts'
import type { EngineRecord } from './engine-record.ts'
import type { Committed, Witness } from './witness.ts'
import type { AgentProcess } from './world.ts'

/** P6: of each server, what began out of turn on its agent, and runs that came out of turn in Docker. */
export async function outOfTurn(
  agents: readonly AgentProcess[],
  { witness, engine }: { witness: Witness; engine: EngineRecord }
): Promise<string[]> {
  const committed = await witness.committed()
  const begun = await Promise.all(agents.map(({ stateDir }) => begunBy(stateDir)))
  const servers = new Set(committed.map(({ serverId }) => serverId))
  return [
    ...begun.flatMap(ids => overtakers(committed, ids)),
    ...[...servers].flatMap(serverId => {
      const runs = engine.runs(serverId)
      const falls = runs.some((run, at) => run < (runs[at - 1] ?? 0))
      return falls ? [`runs ${runs.join(', ')} of ${serverId}`] : []
    })
  ]
}

/** What the agent wrote down, in order, before it began each. */
async function begunBy(stateDir: string): Promise<string[]> {
  const { records } = scanRecords(await readJournal(stateDir))
  return (records as JournalRecord[]).flatMap(record =>
    record.type === 'started' ? record.id : []
  )
}

/** A kill may begin before what was asked for earlier; nothing else may. */
function overtakers(committed: readonly Committed[], begun: readonly string[]): string[] {
  const places = new Map(committed.map(({ id }, place) => [id, place]))
  const newest = new Map<string, number>()
  return begun.flatMap(id => {
    const place = places.get(id)
    const command = place !== undefined && committed[place]
    if (!command) return []
    const { serverId, kind } = command
    const before = newest.get(serverId) ?? -1
    if (kind !== 'kill') newest.set(serverId, Math.max(place, before))
    const later = committed[before]
    return place < before ? [`${kind} ${id} began after ${later?.kind} ${later?.id}`] : []
  })
}
