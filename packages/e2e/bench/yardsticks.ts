import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Yardstick {
  url: string
  close(): Promise<void>
}

/**
 * The least that an input call can cost: Fastify, a frame to a socket's other end, its echo, the answer.
 * Three processes as ours are: load, panel and agent.
 */
export async function bareEcho(): Promise<Yardstick> {
  const panel = forked('bare-panel.ts')
  const [{ url }] = (await once(panel, 'message')) as [{ url: string }]
  const agent = forked('bare-agent.ts', url)
  await once(agent, 'message')
  return {
    url,
    async close() {
      agent.kill('SIGKILL')
      panel.kill('SIGKILL')
    }
  }
}

function forked(file: string, ...args: string[]): ChildProcess {
  return fork(join(dirname(fileURLToPath(import.meta.url)), file), args)
}
