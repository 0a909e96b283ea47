import type {
  CommandKind,
  CommandOutcome,
  CommandPayload,
  CommandProgress,
  Failpoint
} from '@ctrl-alt-play/protocol'

export interface CommandContext {
  commandId: string
  kind: CommandKind
  /** Aborts when the command is overtaken or cancelled; the reason is the outcome it then has. */
  signal: AbortSignal
  progress(progress: CommandProgress): void
  failpoint?: Failpoint | undefined
}

/** One handler for each kind. Leaving one out does not compile. */
export type CommandHandlers = {
  [K in CommandKind]: (
    payload: CommandPayload<K>,
    context: CommandContext
  ) => Promise<CommandOutcome>
}
