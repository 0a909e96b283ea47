import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { repository } from '../../test/world/config.ts'
import { settledRss } from '../processes.ts'
import type { Row } from '../row.ts'
import { createGameWorld } from './game-world.ts'

export const idleMemory: Row = {
  name: 'idle-memory',
  about: 'what panel and agent hold in memory while nothing happens',
  async measure(t) {
    const { world, agent } = await createGameWorld(t)
    const panel = await settledRss(world.panelPid())
    const ofAgent = await settledRss(agent.pid())
    const yardstick = { name: 'bare Fastify', figure: await bareFastifyRss() }
    return [
      {
        what: 'idle memory of the panel',
        unit: 'MiB',
        ours: panel,
        yardstick,
        target: { of: 'ratio', atMost: 2.5 }
      },
      {
        what: 'idle memory of the agent, one game',
        unit: 'MiB',
        ours: ofAgent,
        yardstick,
        target: { of: 'ratio', atMost: 2 }
      }
    ]
  }
}

async function bareFastifyRss(): Promise<number> {
  const program = `import Fastify from 'fastify'; const app = Fastify(); app.get('/', async () => ({})); await app.listen({ port: 0 })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: join(repository, 'packages/e2e'),
    stdio: 'ignore'
  })
  try {
    return await settledRss(child.pid ?? 0)
  } finally {
    child.kill('SIGKILL')
  }
}
