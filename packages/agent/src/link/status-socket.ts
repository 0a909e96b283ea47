import { open, rm } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { join } from 'node:path'

/** Serves the running agent's state on a socket in its state folder. Its being there also means that one runs. */
export interface StatusSocket {
  close(): Promise<void>
}

const SOCKET = 'agent.sock'
/** The longest path that the system takes for a socket. */
const LONGEST_PATH = 100
const TIMEOUT_MS = 3_000
const MOST_BYTES = 2 ** 20

/** Rejects when another agent runs on the same folder. */
export async function serveStatus(stateDir: string, status: () => unknown): Promise<StatusSocket> {
  if ((await askStatus(stateDir)) !== undefined) {
    throw new Error(`Another agent runs on ${stateDir} already.`)
  }
  await rm(join(stateDir, SOCKET), { force: true })
  const place = await openPlace(stateDir)
  const server = createServer(socket => {
    socket.on('error', () => undefined)
    socket.end(JSON.stringify(status()))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path: place.path }, resolve)
  })
  server.unref()
  return {
    async close() {
      await new Promise(resolve => server.close(resolve))
      await place.close()
      await rm(join(stateDir, SOCKET), { force: true })
    }
  }
}

/** Undefined when no agent runs there. */
export async function askStatus(stateDir: string): Promise<unknown> {
  const place = await openPlace(stateDir).catch(() => undefined)
  if (!place) return
  try {
    const text = await read(place.path)
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return
  } finally {
    await place.close()
  }
}

function read(path: string): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = createConnection({ path })
    let text = ''
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy())
    socket.setEncoding('utf8')
    socket.on('data', part => {
      text += part
      if (text.length > MOST_BYTES) socket.destroy()
    })
    socket.once('end', () => resolve(text))
    socket.once('error', () => resolve(undefined))
    socket.once('close', () => resolve(undefined))
  })
}

/** A folder with a long path is reached by its number. */
async function openPlace(stateDir: string): Promise<{ path: string; close(): Promise<void> }> {
  const path = join(stateDir, SOCKET)
  if (Buffer.byteLength(path) <= LONGEST_PATH) return { path, close: async () => undefined }
  const folder = await open(stateDir, 'r')
  return { path: `/proc/self/fd/${folder.fd}/${SOCKET}`, close: () => folder.close() }
}
