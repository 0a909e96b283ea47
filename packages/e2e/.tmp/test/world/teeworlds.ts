import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { until } from './until.ts'

const CONTROL = 1 << 2
const CONNLESS = (8 << 2) | 1
const TOKEN_MESSAGE = 5
const NO_TOKEN = Buffer.from([255, 255, 255, 255])

/**
 * Asks a Teeworlds 0.7 server who it is, as the game's server browser does: first for a token, then for its
 * information. Answers the server's strings (version, name, host, map …); undefined when nobody answers.
 */
export async function askTeeworlds(host: string, port: number): Promise<string[] | undefined> {
  const socket = createSocket('udp4')
  const received: Buffer[] = []
  socket.on('message', message => received.push(message))
  socket.on('error', () => undefined)
  const mine = randomBytes(4)
  const ask = async (packet: Buffer, fits: (answer: Buffer) => boolean) => {
    socket.send(packet, port, host)
    return until('the game answers', () => received.find(fits), { deadlineMs: 1_000, everyMs: 10 })
  }
  try {
    const request = Buffer.concat([
      Buffer.from([CONTROL, 0, 0]),
      NO_TOKEN,
      Buffer.from([TOKEN_MESSAGE]),
      mine,
      Buffer.alloc(512)
    ])
    const answer = await ask(
      request,
      packet => packet[7] === TOKEN_MESSAGE && packet.subarray(3, 7).equals(mine)
    )
    const theirs = answer.subarray(8, 12)
    const query = Buffer.concat([
      Buffer.from([CONNLESS]),
      theirs,
      mine,
      NO_TOKEN,
      Buffer.from('gie3'),
      Buffer.from([7])
    ])
    const info = await ask(query, packet => packet.includes('inf3'))
    const strings = info.subarray(info.indexOf('inf3') + 5)
    return strings.toString('utf8').split('\0')
  } catch {
    return undefined
  } finally {
    socket.close()
  }
}
