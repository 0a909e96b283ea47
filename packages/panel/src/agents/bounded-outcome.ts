import { type CommandOutcome, limits } from '@ctrl-alt-play/protocol'

/** An outcome as it is held and stored: of a result that is too large only that is kept. */
export function boundedOutcome(outcome: CommandOutcome): CommandOutcome {
  const { result } = outcome
  if (!result || Buffer.byteLength(JSON.stringify(result)) <= limits.commandResultBytes) {
    return outcome
  }
  return { ...outcome, result: { tooLarge: true } }
}
