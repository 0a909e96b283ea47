import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWorld } from '../../test/world/world.ts'
import type { Row } from '../row.ts'

export const panelStart: Row = {
  name: 'panel-start',
  about: 'from starting the process to its first answer',
  async measure(t) {
    const world = await createWorld(t)
    await world.stopPanel()
    const ours = await timeOf(() => world.startPanel())
    const bare = await timeOf(() =>
      once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit')
    )
    const yardstick = { name: 'node -e 0', figure: bare }
    return [{ what: 'panel start to ready, database there', unit: 'ms', ours, yardstick }]
  }
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}
