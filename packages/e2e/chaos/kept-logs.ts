import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repository } from '../test/world/config.ts'
import type { AgentProcess, World } from '../test/world/world.ts'
import { type Cell, titleOf } from './cells.ts'

/** What the processes of a cell that failed have printed, for whoever looks why. */
export async function keepLogs(
  cell: Cell,
  { agent, world }: { agent?: AgentProcess; world: World }
): Promise<void> {
  const folder = join(repository, '.cache', 'chaos')
  const name = titleOf(cell).replaceAll(/[^a-z0-9]+/g, '-')
  await mkdir(folder, { recursive: true })
  const parts = [
    `agent ${agent?.nodeId ?? ''}`,
    agent?.output() ?? '',
    'panel',
    world.panelOutput()
  ]
  await writeFile(join(folder, `${name}.log`), parts.join('\n'))
}
