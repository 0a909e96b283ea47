import { type CommandKind, commandPayloads } from './commands.ts'

/** On whose road it lies: a command's own, one that waits for its node, an agent that comes back, or a key's. */
type ArrowRoad = 'command' | 'cancel' | 'expiry' | 'return' | 'enrolment' | 'rotation'

export interface Arrow {
  road: ArrowRoad
  /** The kinds of commands that pass there; none on the roads of keys. */
  kinds: readonly CommandKind[]
  says: string
}

const everyKind = Object.keys(commandPayloads) as CommandKind[]
const installs = ['install', 'reinstall'] as const

function command(says: string, kinds: readonly CommandKind[] = everyKind): Arrow {
  return { road: 'command', kinds, says }
}

function of(road: ArrowRoad, says: string): Arrow {
  const isOfKeys = road === 'enrolment' || road === 'rotation'
  return { road, kinds: isOfKeys ? [] : everyKind, says }
}

/**
 * Every arrow of the link at which a process may be made to fail (CAP_FAILPOINT), in the order in which
 * an act passes them. A new one is tried by the fault matrix without further ado.
 */
export const failpoints = {
  'panel.accept.written': command('the act is written, its transaction is open'),
  'panel.accept.committed': command('the act is accepted, its node is not told yet'),
  'panel.dispatch.claimed': command('DISPATCHED is written, nothing is sent'),
  'panel.dispatch.sent': command('the command is sent'),
  'agent.command.received': command('the command has come, nothing is written'),
  'agent.command.journaled': command('RECEIVED is on disk, the panel does not know'),
  'panel.ack.received': command('the acknowledgement has come, nothing is written'),
  'panel.ack.written': command('ACKED is written'),
  'agent.command.acked': command('it is acknowledged, STARTED is not on disk'),
  'agent.command.started': command('STARTED is on disk, nothing is done'),
  'agent.effect.wanted': command('what is wanted is on disk'),
  'panel.progress.received': command('progress has come, nothing is written'),
  'agent.step.stop': command('the game is down', ['stop', 'restart', 'kill', 'delete']),
  'agent.step.remove': command('the old container is gone', ['restart', 'reinstall', 'delete']),
  'agent.step.make': command('the container is made, not started', ['start', 'restart']),
  'agent.step.start': command('the container is started', ['start', 'restart']),
  'agent.step.erase': command('the files are gone', ['delete']),
  'agent.install.prepared': command('the folder is there, the script has not run', installs),
  'agent.install.scripted': command('the script has run, nothing says so', installs),
  'agent.effect.done': command('it is done, DONE is not on disk'),
  'agent.outcome.journaled': command('DONE is on disk, the result is not sent'),
  'agent.outcome.sent': command('the result is sent'),
  'panel.result.received': command('the result has come, nothing is written'),
  'panel.end.written': command('the end and what follows are written, their transaction is open'),
  'panel.result.written': command('the end is written, nothing is confirmed'),
  'panel.confirm.sent': command('the end is confirmed'),
  'agent.confirm.received': command('the confirmation has come, nothing is written'),
  'agent.confirm.journaled': command('CONFIRMED is on disk'),

  'panel.cancel.written': of('cancel', 'what was queued is cancelled, the transaction is open'),
  'panel.expiry.written': of('expiry', 'what was queued has expired, the transaction is open'),
  'panel.sync.settled': of('return', 'ends that the journal told are written, nothing is sent'),

  'agent.enrolment.keyed': of('enrolment', 'the key pair is on disk, nobody has seen it'),
  'panel.enrolment.written': of('enrolment', 'token and key are taken, the transaction is open'),
  'panel.enrolment.committed': of('enrolment', 'token and key are taken, nothing is answered'),
  'agent.enrolment.answered': of('enrolment', 'the answer has come, nothing is written'),
  'agent.enrolment.written': of('enrolment', 'the credentials are on disk'),

  'agent.key.made': of('rotation', 'the next key is on disk, nobody has seen it'),
  'agent.key.sent': of('rotation', 'the next key is sent'),
  'panel.key.added': of('rotation', 'the next key is PENDING, nothing is answered'),
  'agent.key.accepted': of('rotation', 'the next key is accepted, nothing is written'),
  'agent.key.kept': of('rotation', 'the next key is on disk as accepted'),
  'panel.key.promoted': of('rotation', 'the next key is ACTIVE, the old one retired'),
  'agent.key.worked': of('rotation', 'the next key has worked, the old one is still on disk')
} as const satisfies Record<string, Arrow>

export type FailpointName = keyof typeof failpoints
