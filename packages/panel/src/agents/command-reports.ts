import {
  type CommandOutcome,
  type CommandProgress,
  closeCodes,
  type Failpoint,
  type FailpointName
} from '@ctrl-alt-play/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { type CommandRow, toCommandView } from './command-row.ts'
import { isOpen } from './command-states.ts'
import type { CommandsRepo, Fence } from './commands.repo.ts'
import type { PanelEvents } from './contract.ts'
import { endingOf, type Settle } from './settle.ts'
import type { Statuses } from './statuses.ts'
import { untilStored } from './until-stored.ts'
import type { AgentWire } from './wire.ts'

const MAX_WAITING = 1_000

type CommandReport =
  | { type: 'ack'; id: string }
  | { type: 'progress'; id: string; progress: CommandProgress }
  | { type: 'result'; id: string; outcome: CommandOutcome }

/** Stores what the agent of one session says about commands: in order, until it is stored. */
export interface CommandReports {
  /** Waits only while too many others do. */
  push(report: CommandReport): Promise<void>
}

export interface CommandReportsOptions {
  fence: Fence
  wire: AgentWire
  commands: CommandsRepo
  settle: Settle
  /** What the agent reported before a result is seen before it: who waited for RUNNING then reads RUNNING. */
  statuses: Pick<Statuses, 'flush'>
  events: PanelEvents
  log: FastifyBaseLogger
  /** Aborted when the session ends. */
  signal: AbortSignal
  /** The command belongs to another node. */
  onForeign(commandId: string): void
  failpoint?: Failpoint | undefined
}

const receivedAt = {
  ack: 'panel.ack.received',
  progress: 'panel.progress.received',
  result: 'panel.result.received'
} as const satisfies Record<CommandReport['type'], FailpointName>

export function createCommandReports(options: CommandReportsOptions): CommandReports {
  const { fence, wire, commands, settle, statuses, events, log, signal, failpoint } = options
  const waiting: CommandReport[] = []
  let tail = Promise.resolve()

  async function work(): Promise<void> {
    for (let report = waiting[0]; report && !signal.aborted; report = waiting[0]) {
      const next = report
      const { nodeId } = fence
      try {
        await untilStored(() => store(next), { signal, log, nodeId })
        waiting.shift()
      } catch (err) {
        if (signal.aborted) return
        log.error({ err, nodeId, commandId: next.id }, "a command's report cannot be stored")
        return wire.close(closeCodes.tryAgainLater, 'the panel cannot store this')
      }
    }
  }

  async function store(report: CommandReport): Promise<void> {
    await failpoint?.(receivedAt[report.type], await kindOf(report.id))
    if (report.type === 'result') return storeResult(report)
    const changed =
      report.type === 'ack'
        ? await commands.acknowledge(fence, report.id)
        : await commands.progress(fence, report.id, report.progress)
    if (report.type === 'ack') await failpoint?.('panel.ack.written', await kindOf(report.id))
    if (changed) return events.publish({ type: 'command', command: toCommandView(changed) })
    const found = await findOwn(report.id)
    const sent = found && isOpen(found.status) && found.status !== 'QUEUED'
    if (sent && found.epoch !== fence.epoch) superseded()
  }

  async function storeResult({ id, outcome }: { id: string; outcome: CommandOutcome }) {
    const { step, ending } = endingOf(outcome)
    await statuses.flush()
    const finished = await settle.finish({ id, step, fence }, ending)
    const row = finished ?? (await commands.find(id))
    if (row && row.nodeId !== fence.nodeId) return options.onForeign(id)
    if (row && isOpen(row.status)) return superseded()
    // Stored, by this or by an earlier report, or long forgotten: the agent may forget it too.
    await failpoint?.('panel.result.written', row?.kind)
    wire.send('command.confirm', { ids: [id] })
    await failpoint?.('panel.confirm.sent', row?.kind)
  }

  async function kindOf(id: string): Promise<string | undefined> {
    return (await commands.find(id))?.kind
  }

  async function findOwn(id: string): Promise<CommandRow | undefined> {
    const row = await commands.find(id)
    if (!row || row.nodeId === fence.nodeId) return row
    options.onForeign(id)
    return undefined
  }

  function superseded(): void {
    wire.close(closeCodes.superseded, 'a newer session of this node exists')
  }

  return {
    async push(report) {
      const last = waiting.at(-1)
      const replaces = report.type === 'progress' && last?.type === 'progress'
      // The first may be on its way to the database.
      if (replaces && last.id === report.id && waiting.length > 1) waiting.pop()
      waiting.push(report)
      tail = tail.then(work)
      if (waiting.length > MAX_WAITING) await tail
    }
  }
}
