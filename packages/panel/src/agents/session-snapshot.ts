import { type AgentBody, absentReport, type ServerReport } from '@ctrl-alt-play/protocol'
import type { SessionContext } from './session-messages.ts'
import { orphanOf, type Snapshot } from './snapshot.ts'
import type { OwnServer } from './statuses.repo.ts'
import { untilStored } from './until-stored.ts'

/** Of these the node has heard more than is on record: the database was set back. */
function newerThan(own: OwnServer[], reports: ReadonlyMap<string, ServerReport>): ServerReport[] {
  return own.flatMap(({ id, generation }) => {
    const report = reports.get(id)
    return report && report.generation > generation ? [report] : []
  })
}

/** Takes over what a node told of itself; after the first one the node hears what is wanted. */
export async function applySnapshot(
  context: SessionContext,
  snapshot: Snapshot,
  { isFirst, hello }: { isFirst: boolean; hello: AgentBody<'hello'> }
): Promise<void> {
  const { agent, session, services, reports, ownership, signal } = context
  const { statuses, arrivals, facts, outbox, consoleHub, log } = services
  const { nodeId } = agent
  const stored = <T>(work: () => Promise<T>) => untilStored(work, { signal, log, nodeId })

  const own = await stored(() => arrivals.serversOf(nodeId))
  const ownIds = own.map(server => server.id)
  ownership.learn(ownIds)
  if (!(await context.mayName(snapshot.reports.keys()))) return
  reports.clear()
  for (const [serverId, report] of snapshot.reports) reports.set(serverId, report)
  const told = [...reports.values()]
  const newer = newerThan(own, reports)
  if (isFirst && newer.length > 0) {
    const taken = await stored(() => services.catchUp(session, newer))
    log.warn({ nodeId, servers: taken }, 'the records are older than what the node knows')
  }
  // An agent that came before its Docker knows only what it remembers.
  const isBlind = isFirst && hello.docker === null
  const absent = isBlind ? [] : ownIds.filter(id => !reports.has(id)).map(absentReport)
  statuses.offer(session, [...told.filter(report => ownership.owns(report.serverId)), ...absent])
  const strays = told.filter(report => !ownership.owns(report.serverId))
  facts.setOrphans(nodeId, [...snapshot.orphans, ...strays.map(orphanOf)])
  if (isFirst) return begin()
  for (const { id, state, outcome } of snapshot.commands) {
    if (state !== 'DONE' || !outcome) continue
    await context.commandReports.push({ type: 'result', id, outcome })
  }

  async function begin(): Promise<void> {
    const { epoch, wire, dispatcher } = session
    const target = { nodeId, epoch, wire, dispatcher, becomeReady: context.becomeReady }
    const journal = { lost: hello.journal.lost, entries: snapshot.commands }
    const foreign = await stored(() => outbox.begin(target, journal))
    if (foreign.length > 0) {
      return context.refuse('security.agent.foreign-command', { commandIds: foreign.slice(0, 20) })
    }
    consoleHub.sessionReady(session)
  }
}
