import { createSocket } from 'node:dgram'
import { once } from 'node:events'

/** The first from `from` on that is neither taken in the records nor on this machine. */
export async function freeUdpPort(
  from: number,
  taken: ReadonlySet<number>
): Promise<number | undefined> {
  for (let port = from; port < from + 100; port++) {
    if (!taken.has(port) && (await canBind(port))) return port
  }
  return undefined
}

async function canBind(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  try {
    socket.bind({ port, address: '0.0.0.0', exclusive: true })
    await once(socket, 'listening')
    return true
  } catch {
    return false
  } finally {
    socket.close()
  }
}
