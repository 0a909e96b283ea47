import {
  type CommandKind,
  type CommandPayload,
  type InstallScript,
  isCommandKind,
  limits,
  type PanelBody,
  panelCodec,
  type WantedServer
} from '@ctrl-alt-play/protocol'
import type { CommandRow } from './command-row.ts'
import type { WantedStates } from './contract.ts'

export type PlannedMessage =
  | { ok: true; text: string }
  | { ok: false; errorCode: string; message: string }

/** The message for a command: the newest spec with the act's own wanted state. */
export async function planMessage(
  command: CommandRow,
  epoch: number,
  states: WantedStates
): Promise<PlannedMessage> {
  const { id, kind, serverId, remainingMs: ttlMs } = command
  if (!isCommandKind(kind) || serverId === null) {
    return refused('UNKNOWN_KIND', 'This panel does not know such a command')
  }
  const newest = await states.ofServer(serverId)
  if (!newest) return refused('SERVER_GONE', 'The server is no longer there')
  const script = isInstall(kind) ? await states.installScript(serverId) : null
  const payload = payloadOf(command, kind, newest, script)
  const body: PanelBody<'command'> = { id, epoch, kind, serverId, payload, ttlMs }
  const text = panelCodec.encode('command', body, id)
  if (Buffer.byteLength(text) <= limits.panelMessageBytes) return { ok: true, text }
  return refused('TOO_LARGE', "The server's settings and install script are too large to send")
}

/**
 * What should be true after the act. Where the newest wanted state is still the act's own, it counts:
 * only its spec has changed since.
 */
export function wantedAfter(command: Pick<CommandRow, 'payload'>, newest: WantedServer) {
  const { desired, generation, restartSeq } = command.payload
  const same = newest.desired === desired && newest.restartSeq === restartSeq
  return same && newest.generation >= generation
    ? newest
    : { ...newest, desired, generation, restartSeq }
}

function payloadOf(
  command: CommandRow,
  kind: CommandKind,
  newest: WantedServer,
  script: InstallScript | null
): CommandPayload<CommandKind> {
  const wanted = wantedAfter(command, newest)
  if (!isInstall(kind)) return { wanted }
  return { wanted, script, wipe: command.payload.wipe ?? false }
}

function isInstall(kind: CommandKind): kind is 'install' | 'reinstall' {
  return kind === 'install' || kind === 'reinstall'
}

function refused(errorCode: string, message: string): PlannedMessage {
  return { ok: false, errorCode, message }
}
