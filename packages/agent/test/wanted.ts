import { randomUUID } from 'node:crypto'
import type { ServerSpec, WantedServer } from '@ctrl-alt-play/protocol'

export const PROBE = 'ctrl-alt-play/probe:local'

type Changes = Partial<Omit<WantedServer, 'spec'>> & { spec?: Partial<ServerSpec> }

/** A server that runs the probe, silent unless asked. */
export function wantedProbe({ spec, ...changes }: Changes = {}): WantedServer {
  return {
    serverId: randomUUID(),
    desired: 'RUNNING',
    generation: 1,
    restartSeq: 1,
    installed: false,
    ...changes,
    spec: {
      image: PROBE,
      argv: null,
      environment: { TICK_MS: '0', ...spec?.environment },
      tty: false,
      readOnlyRoot: true,
      limits: { memoryMiB: 64, swapMiB: 0, cpuPercent: 0, diskMiB: 0, pids: 32 },
      ports: [],
      ready: ['ready'],
      stop: { type: 'command', value: 'stop', graceSeconds: 5 },
      ...withoutEnvironment(spec)
    }
  }
}

function withoutEnvironment(spec: Partial<ServerSpec> = {}): Partial<ServerSpec> {
  const { environment: _environment, ...rest } = spec
  return rest
}
