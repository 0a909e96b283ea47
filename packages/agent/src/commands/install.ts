import type { CommandOutcome, CommandPayload, ConsoleLine } from '@ctrl-alt-play/protocol'
import { pull } from '../reconcile/apply.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import { cleared } from './goals.ts'
import type { CommandContext, CommandHandlers } from './handlers.ts'
import { failed, outcomeOf, outcomes, refusalOf, succeeded } from './outcomes.ts'
import type { Reach } from './reach.ts'

export interface InstallOptions {
  reconciler: Pick<Reconciler, 'beginInstall' | 'endInstall' | 'installOf' | 'shop'>
  reach: Reach
  /** The script's output, for the server's console. */
  onLine(serverId: string, line: ConsoleLine): Promise<void>
  tell(serverId: string, code: string, message: string): void
}

type Payload = CommandPayload<'install'>

/** Lays a server's files down, once: the only act that may not be done twice. */
/** 128 and SIGKILL: the script itself has no reason to say so. */
const KILLED = 137

function hintFor(exitCode: number, memoryMiB: number): string {
  if (exitCode !== KILLED) return ''
  return ` It was killed, most likely because it needed more than the server's ${memoryMiB} MiB of memory.`
}

export function createInstallHandler(options: InstallOptions): CommandHandlers['install'] {
  const { reconciler, reach, tell } = options
  const { driver } = reconciler.shop

  async function layDown(payload: Payload, context: CommandContext): Promise<CommandOutcome> {
    const { wanted, script, wipe } = payload
    const { serverId, spec } = wanted
    const { signal, progress, failpoint, kind } = context
    await driver.prepareData(serverId, { wipe })
    await failpoint?.('agent.install.prepared', kind)
    await pull(reconciler.shop, spec.image, { signal, progress })
    if (!script) return succeeded()
    if (script.image !== spec.image) await pull(reconciler.shop, script.image, { signal, progress })
    progress({ phase: 'INSTALLING' })
    const onLine = (line: ConsoleLine): Promise<void> => options.onLine(serverId, line)
    const exitCode = await driver.install(wanted, script, { signal, onLine })
    await failpoint?.('agent.install.scripted', kind)
    if (exitCode === 0) return succeeded()
    const message = `The install script ended with exit code ${exitCode}.`
    return failed('INSTALL_FAILED', message + hintFor(exitCode, spec.limits.memoryMiB))
  }

  return async (payload, context) => {
    const { serverId } = payload.wanted
    if (reconciler.installOf(serverId)?.commandId === context.commandId) return outcomes.unknown
    const refusal = await refusalOf(reconciler.beginInstall(payload.wanted, context.commandId))
    if (refusal) return refusal
    const outcome = await attempt(payload, context)
    // Cut off by the agent's own end: what the notes say then is for the next agent to explain.
    if (outcome.status === 'UNKNOWN') return outcome
    const problem = outcome.status === 'SUCCEEDED' ? null : (outcome.message ?? 'unknown reason')
    await reconciler.endInstall(serverId, problem)
    tell(serverId, problem === null ? 'INSTALLED' : 'INSTALL_FAILED', problem ?? 'Installed.')
    return outcome
  }

  async function attempt(payload: Payload, context: CommandContext): Promise<CommandOutcome> {
    try {
      await context.failpoint?.('agent.effect.wanted', context.kind)
      const ground = await reach(cleared, payload.wanted, context)
      if (ground.status !== 'SUCCEEDED') return ground
      return await layDown(payload, context)
    } catch (err) {
      return context.signal.aborted ? (context.signal.reason as CommandOutcome) : outcomeOf(err)
    }
  }
}
