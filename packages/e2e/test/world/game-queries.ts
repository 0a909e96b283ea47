import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { inflateSync } from 'node:zlib'

const HOST = '127.0.0.1'
const WITHIN_MS = 1_000

/** The first answer to one packet; undefined when nobody answers in time. */
async function askByUdp(port: number, packet: Buffer): Promise<Buffer | undefined> {
  const socket = createSocket('udp4')
  try {
    const signal = AbortSignal.timeout(WITHIN_MS)
    const answer = once(socket, 'message', { signal })
    socket.send(packet, port, HOST)
    return (await answer)[0]
  } catch {
    return undefined
  } finally {
    socket.close()
  }
}

/** What the game says first to who says this. Docker itself takes a connection, so only words count. */
async function askByTcp(port: number, words: Buffer): Promise<Buffer | undefined> {
  const socket = connect(port, HOST)
  try {
    const signal = AbortSignal.timeout(WITHIN_MS)
    await once(socket, 'connect', { signal })
    socket.write(words)
    return (await once(socket, 'data', { signal }))[0]
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}

/** Teeworlds 0.6, which DDNet speaks. */
export async function askDdnet(port: number): Promise<string | undefined> {
  const packet = Buffer.concat([Buffer.alloc(10, 255), Buffer.from('gie3'), Buffer.from([7])])
  return (await askByUdp(port, packet))?.toString('latin1')
}

/** An empty first packet makes the server give its sender a number. */
export async function askLuanti(port: number): Promise<string | undefined> {
  const protocol = '4f457403'
  const answer = await askByUdp(port, Buffer.from(`${protocol}00000001`, 'hex'))
  return answer?.subarray(0, 4).toString('hex') === protocol ? 'Luanti' : undefined
}

/** The game's information, as its list of servers asks for it. */
export async function askOpenttd(port: number): Promise<string | undefined> {
  const answer = await askByTcp(port, Buffer.from([3, 0, 7]))
  return answer?.[2] === 6 ? answer.toString('latin1') : undefined
}

export async function askBzflag(port: number): Promise<string | undefined> {
  return (await askByTcp(port, Buffer.from('BZFLAG\r\n\r\n')))?.toString('latin1')
}

export async function askQuake(port: number): Promise<string | undefined> {
  const packet = Buffer.concat([Buffer.alloc(4, 255), Buffer.from('getinfo x')])
  return (await askByUdp(port, packet))?.toString('latin1')
}

/** Number of users and slots, as its client's list of servers asks for them. */
export async function askMumble(port: number): Promise<string | undefined> {
  const packet = Buffer.concat([Buffer.alloc(4), Buffer.from('whoareyo')])
  const answer = await askByUdp(port, packet)
  if (answer?.length !== 24 || !answer.subarray(4, 12).equals(packet.subarray(4))) return undefined
  return `${answer.readUInt32BE(12)} of ${answer.readUInt32BE(16)}`
}

/** A stranger of another version is told so. */
export async function askFreeciv(port: number): Promise<string | undefined> {
  const words = Buffer.from(['guest', 'nothing', ''].map(word => `${word}\0`).join(''))
  const packet = Buffer.concat([Buffer.from([0, 0, 4]), words, Buffer.alloc(12)])
  packet.writeUInt16BE(packet.length)
  const answer = await askByTcp(port, packet)
  if (!answer) return undefined
  const isPacked = answer.readUInt16BE() > 16_384
  return (isPacked ? inflateSync(answer.subarray(2)) : answer).toString('latin1')
}
