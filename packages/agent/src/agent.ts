import { randomUUID } from 'node:crypto'
import { type Agent, type AgentParts, assembleAgent } from './assemble.ts'
import { systemClock } from './clock.ts'
import { readBootId } from './state/boot-id.ts'
import { writeCredentials } from './state/credentials.ts'
import { openState } from './state/state.ts'

export type { Agent, AgentStatus } from './assemble.ts'

export interface AgentOptions
  extends Omit<AgentParts, 'saveCredentials' | 'state' | 'instanceId' | 'bootId'> {
  stateDir: string
}

/** An agent that remembers in a folder of its machine. */
export async function startAgent({ stateDir, ...options }: AgentOptions): Promise<Agent> {
  const { log, clock = systemClock } = options
  const instanceId = randomUUID()
  return assembleAgent({
    ...options,
    instanceId,
    bootId: await readBootId(instanceId),
    state: await openState(stateDir, { log, clock }),
    saveCredentials: next => writeCredentials(stateDir, next)
  })
}
