import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repository } from '../test/world/config.ts'
import type { AgentProcess, World } from '../test/world/world.ts'

/** What the processes have printed where something was not as promised, for whoever looks why. */
export async function keepLogs(
  title: string,
  { agents = [], world }: { agents?: readonly AgentProcess[]; world: World }
): Promise<void> {
  const folder = join(repository, '.cache', 'chaos')
  const name = title.replaceAll(/[^a-z0-9]+/g, '-')
  await mkdir(folder, { recursive: true })
  const parts = [
    ...agents.flatMap(agent => [`agent ${agent.nodeId}`, agent.output()]),
    'panel',
    world.panelOutput()
  ]
  await writeFile(join(folder, `${name}.log`), parts.join('\n'))
}
