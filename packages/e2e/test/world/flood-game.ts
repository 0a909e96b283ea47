import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from './api.ts'
import { act } from './servers.ts'
import type { AgentProcess, World } from './world.ts'

/** A server whose game is a script of the test's own. */
export async function startScriptGame(
  world: World,
  agent: AgentProcess,
  script: string
): Promise<Json> {
  const startup = '/bin/busybox sh /home/container/game.sh'
  const altId = await world.addProbeAlt({ startup })
  const server = await world.addServer({ altId, nodeId: agent.nodeId, name: 'Script' })
  await writeFile(join(agent.dataDir, server.id, 'game.sh'), script)
  const command = await act(world.admin, server.id, 'start')
  if (command.status !== 'SUCCEEDED') throw new Error(JSON.stringify(command))
  return server
}

export const FIRST_NUMBER = 100_000_000

/**
 * Prints numbered lines of `lineBytes` (their end included) at a steady pace and notes what is typed.
 * `waits`: not before the first line is typed. A line reaches the ledger before the console, through one
 * pipe: were the console held up, so were the ledger.
 */
export function floodScript(options: {
  linesPerSecond: number
  lineBytes?: number
  waits?: boolean
}): string {
  const { linesPerSecond, lineBytes = 10, waits = false } = options
  const perTurn = Math.max(1, Math.round(linesPerSecond / 10))
  const padded = lineBytes > 10 ? ` | busybox sed s/$/${'x'.repeat(lineBytes - 10)}/` : ''
  return `#!/bin/busybox sh
PATH=/bin
cd /home/container
echo "boot $$" >>ledger.txt
: >>flood.txt
echo ready
${waits ? 'read -r line' : ''}
{
  next=${FIRST_NUMBER}
  while :; do
    busybox seq $next $((next + ${perTurn} - 1))${padded}
    next=$((next + ${perTurn}))
    busybox usleep 100000
  done
} | busybox tee -a flood.txt &
while read -r line; do
  [ "$line" = stop ] && exit 0
  echo "input $line" >>ledger.txt
done
wait
`
}

/** How much the game has printed, by its own ledger. */
export async function floodBytes(agent: AgentProcess, serverId: string): Promise<number> {
  return (await stat(join(agent.dataDir, serverId, 'flood.txt'))).size
}
