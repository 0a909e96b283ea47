import type { WantedServer } from '@ctrl-alt-play/protocol'
import type { Container } from '../runtime/driver.ts'
import { specHashOf } from '../runtime/spec-hash.ts'
import type { Notes } from '../state/notes.ts'

/** The run that was seen last and whose end nobody has seen: what there is to say while Docker is silent. */
export function remembered(wanted: WantedServer, { run, judged }: Notes): Container | undefined {
  const hasEnded = judged?.containerId === run?.containerId && judged?.startedAt === run?.startedAt
  if (!run || hasEnded) return
  const { serverId, generation, spec } = wanted
  return {
    id: run.containerId,
    name: `cap-${serverId}`,
    serverId,
    generation,
    restartSeq: run.restartSeq,
    specHash: specHashOf(spec),
    state: 'running',
    startedAt: run.startedAt,
    finishedAt: null,
    exitCode: null,
    oomKilled: false,
    tty: spec.tty
  }
}
