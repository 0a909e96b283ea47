import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Server, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { environment } from './config.ts'
import { run } from './process.ts'
import type { Teardown } from './world.ts'

const doorFile = fileURLToPath(new URL('island-door.js', import.meta.url))

/**
 * A network with nothing but 127.0.0.1. Elsewhere interfaces come and go with each container, and
 * Chromium drops what it is sending whenever one does.
 */
export interface Island {
  /** The command line that runs it there. */
  inside(command: string): string[]
  /** What listens on this port of the machine is there under the same one. */
  open(port: number): Promise<void>
}

export async function createIsland(t: Teardown): Promise<Island> {
  const name = `cap${process.pid}i`
  await run('ip', ['netns', 'add', name])
  t.teardown(() => run('ip', ['netns', 'delete', name]))
  await run('ip', ['-n', name, 'link', 'set', 'lo', 'up'])
  const inside = (command: string) => ['nsenter', `--net=/run/netns/${name}`, command]
  return {
    inside,
    async open(port) {
      const server = await openDoor(inside(process.execPath), port)
      const sockets = new Set<Socket>()
      t.teardown(() => {
        server.close()
        for (const socket of sockets) socket.destroy()
      })
      server.on('connection', (inner: Socket) => {
        const outer = connect(port, '127.0.0.1')
        join(inner, outer)
        join(outer, inner)
        sockets.add(inner)
        inner.once('close', () => sockets.delete(inner))
      })
    }
  }
}

/** A socket belongs to the network in which it was made, whoever holds it. */
async function openDoor([command = '', ...args]: string[], port: number): Promise<Server> {
  const { NODE_OPTIONS: _, ...env } = environment
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const
  const child = spawn(command, [...args, doorFile, String(port)], { env, stdio: [...stdio] })
  const [, server] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`no port ${port} in a network of its own: exit code ${code}`)
    })
  ])
  return server
}

function join(from: Socket, to: Socket): void {
  from.pipe(to)
  from.on('error', () => to.destroy())
  from.once('close', () => to.destroy())
}
