import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { residentMiB } from './process-facts.ts'
import type { AgentProcess, World } from './world.ts'

/** What no process of a world that small comes near (P7). */
const MOST_MIB = { panel: 400, agent: 250 }
/** A journal is written anew at 16 MiB, in a second file. */
const MOST_STATE_MIB = 36

/** P7: what holds more than it may, in memory or on disk. */
export async function unbounded(world: World, agents: readonly AgentProcess[]): Promise<string[]> {
  const panelMiB = await residentMiB(world.panelPid())
  const problems = agents.map(async agent => {
    const [memory, state] = [await residentMiB(agent.pid()), await sizeMiB(agent.stateDir)]
    return [
      ...(memory > MOST_MIB.agent ? [`an agent holds ${memory} MiB`] : []),
      ...(state > MOST_STATE_MIB ? [`an agent's state has ${state} MiB`] : [])
    ]
  })
  return [
    ...(panelMiB > MOST_MIB.panel ? [`the panel holds ${panelMiB} MiB`] : []),
    ...(await Promise.all(problems)).flat()
  ]
}

async function sizeMiB(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile())
  const sizes = files.map(async ({ parentPath, name }) => {
    // A file that is being replaced goes meanwhile.
    const found = await stat(join(parentPath, name)).catch(() => undefined)
    return found?.size ?? 0
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 2 ** 20
}
