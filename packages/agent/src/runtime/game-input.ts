import type { Duplex } from 'node:stream'
import { gatherWrites } from '@ctrl-alt-play/protocol'
import type Docker from 'dockerode'
import { DriverError } from './driver-error.ts'
import type { Engine } from './engine.ts'

export interface GameInput {
  write(containerId: string, line: string): Promise<void>
  /** Before a start: the connection of an earlier run would swallow what is typed into the new one. */
  forget(containerId: string): void
  close(): void
}

interface Connection {
  socket: Duplex
  close(): void
}

const OPEN_TIMEOUT_MS = 10_000
const WRITE_TIMEOUT_MS = 5_000
const MAX_WAITING_BYTES = 1_048_576

/**
 * Types into games. A connection is opened at a container's first line and kept until it ends. It takes
 * no output: a reader of an attached container that stalls would stall the game.
 */
export function createGameInput({ docker, call }: Engine): GameInput {
  const connections = new Map<string, Promise<Connection>>()

  async function open(containerId: string, onClose: () => void): Promise<Connection> {
    const container = docker.getContainer(containerId)
    const view = await call(OPEN_TIMEOUT_MS, abortSignal => container.inspect({ abortSignal }))
    if (!view.State.Running || view.State.Paused) throw notRunning()
    const socket = await call(OPEN_TIMEOUT_MS, () => attach(docker, containerId))
    const ended = new AbortController()
    const close = (): void => {
      ended.abort()
      socket.destroy()
      onClose()
    }
    socket.on('error', close).on('close', close).on('end', close).resume()
    // Docker keeps the connection when the game ends, and would swallow what is written to it.
    container.wait({ abortSignal: ended.signal }).then(close, close)
    return { socket, close }
  }

  function connect(containerId: string): Promise<Connection> {
    const known = connections.get(containerId)
    if (known !== undefined) return known
    const drop = (): void => {
      if (connections.get(containerId) === opening) connections.delete(containerId)
    }
    const opening = open(containerId, drop)
    connections.set(containerId, opening)
    opening.catch(drop)
    return opening
  }

  function forget(containerId: string): void {
    const opening = connections.get(containerId)
    connections.delete(containerId)
    opening?.then(connection => connection.close()).catch(() => undefined)
  }

  return {
    forget,
    async write(containerId, line) {
      const connection = await connect(containerId)
      await send(connection, `${line}\n`)
    },
    close() {
      for (const containerId of connections.keys()) forget(containerId)
    }
  }
}

/** dockerode would also send its options as a body, and an engine behind a proxy may type that into the game. */
function attach(docker: Docker, containerId: string): Promise<Duplex> {
  const options = {
    stream: true,
    stdin: true,
    stdout: false,
    stderr: false,
    // Not Docker's usual keys to detach: those could be typed. NUL never is.
    detachKeys: 'ctrl-@,ctrl-@'
  }
  const statusCodes = { 101: true, 200: true, 404: 'no such container', 409: 'not running' }
  const path = `/containers/${containerId}/attach?`
  const file = Buffer.alloc(0)
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      { path, method: 'POST', isStream: true, hijack: true, file, options, statusCodes },
      (error, stream) => (error ? reject(error) : resolve(stream as Duplex))
    )
  })
}

function send({ socket, close }: Connection, text: string): Promise<void> {
  if (socket.writableLength > MAX_WAITING_BYTES) return Promise.reject(stalled())
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // Half of the line may be in the game's ears: the next line must not be joined to it.
      close()
      reject(stalled())
    }, WRITE_TIMEOUT_MS)
    gatherWrites(socket)
    socket.write(text, error => {
      clearTimeout(timer)
      if (error) reject(notRunning(error))
      else resolve()
    })
  })
}

function stalled(): DriverError {
  const text = `The game does not read its input: it took nothing for ${WRITE_TIMEOUT_MS / 1000} s`
  return new DriverError('INPUT_STALLED', text)
}

function notRunning(cause?: Error): DriverError {
  return new DriverError(
    'NOT_RUNNING',
    'The server does not run, so nothing can be typed into it',
    cause ? { cause } : undefined
  )
}
