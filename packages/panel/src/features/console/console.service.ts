import { limits } from '@ctrl-alt-play/protocol'
import type { Agents, Audit, ConsoleHub } from '../../agents/contract.ts'
import { ServerNotRunning, ServerWithoutNode, validationFailed } from '../../errors.ts'
import type { TargetServer } from '../../plugins/access.ts'
import { CONSOLE_INPUT } from '../audit/audit.ts'
import { auditEntry, type Caller } from '../caller.ts'
import type { LogsPage, LogsQuery } from './console.schema.ts'
import { filterTerminal } from './terminal-filter.ts'

export interface ConsoleService {
  /** From what is stored: also while the node is away. */
  read(serverId: string, query: LogsQuery): Promise<LogsPage>
  /** Types one line into the game, once. What becomes of it is audited either way. */
  input(caller: Caller, server: TargetServer, line: string): Promise<void>
}

export interface ConsoleDeps {
  hub: Pick<ConsoleHub, 'read'>
  agents: Pick<Agents, 'sendInput'>
  audit: Audit
}

const up: ReadonlySet<string> = new Set(['STARTING', 'RUNNING', 'STOPPING', 'UNKNOWN'])

export function createConsoleService(deps: ConsoleDeps): ConsoleService {
  const { hub, agents, audit } = deps

  function note(caller: Caller, serverId: string, after: { line: string; outcome: string }): void {
    const entry = { action: CONSOLE_INPUT, targetType: 'server', targetId: serverId }
    audit.note(auditEntry(caller, { ...entry, after }))
  }

  return {
    async read(serverId, { after, limit }) {
      const page = await hub.read(serverId, after, limit)
      return {
        ...page,
        data: page.data.map(line => ({ ...line, line: filterTerminal(line.line) }))
      }
    },

    async input(caller, { id: serverId, name, nodeId, status }, line) {
      if (Buffer.byteLength(line) > limits.inputLineBytes) {
        const message = `must not be longer than ${limits.inputLineBytes} bytes`
        throw validationFailed([{ field: 'body.command', message }])
      }
      if (nodeId === null) throw new ServerWithoutNode(name)
      if (!up.has(status)) throw new ServerNotRunning(name)
      try {
        await agents.sendInput({ nodeId, serverId }, line)
        note(caller, serverId, { line, outcome: 'SENT' })
      } catch (err) {
        note(caller, serverId, { line, outcome: codeOf(err) })
        throw err
      }
    }
  }
}

function codeOf(err: unknown): string {
  return err instanceof Error && 'code' in err ? String(err.code) : 'FAILED'
}
