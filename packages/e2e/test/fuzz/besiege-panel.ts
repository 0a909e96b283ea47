import { decodeConsoleFrame, panelCodec } from '@ctrl-alt-play/protocol'
import { WebSocket } from 'ws'
import { helloBody, knock, type Played, play, type Role } from '../world/played-agent.ts'
import { within } from '../world/within.ts'
import { createHostileFrames, type HostileFrame } from './frames.ts'
import { goldenIds } from './golden.ts'
import type { Random } from './random.ts'

export interface Siege {
  frames: number
  sessions: number
  /** How often each close code was heard. */
  codes: Record<number, number>
}

export interface PanelSiegeOptions {
  url: string
  roles: readonly Role[]
  frames: number
  random: Random
  /** What exists, of the hostile nodes and of others. */
  serverIds: readonly string[]
  commandIds: readonly string[]
  /** False: by strangers, before they have proved who they are. */
  authenticated: boolean
}

/** A session that nothing has ended by then is left. */
const MOST_IN_SESSION = 100
/** Of what ends a session only so much is said: beginning one is what takes time. */
const FATAL_ONE_IN = 100

/** Every role sends what it likes until so many frames are sent; a session ends with the first that cannot be read. */
export async function besiegePanel(options: PanelSiegeOptions): Promise<Siege> {
  const { roles, random, serverIds, commandIds } = options
  const siege: Siege = { frames: 0, sessions: 0, codes: {} }
  const source = createHostileFrames({
    direction: 'agent',
    random,
    serverIds,
    adapt: text =>
      text
        .replaceAll(goldenIds.server, () => random.pick([goldenIds.server, ...serverIds]))
        .replaceAll(goldenIds.command, () => random.pick([goldenIds.command, ...commandIds]))
  })

  async function attack(role: Role): Promise<void> {
    while (siege.frames < options.frames) {
      const played = options.authenticated ? await asAgent(role) : await knock(options.url)
      await harass(played)
      if (played.socket.readyState === WebSocket.OPEN) played.socket.close(1000)
      const { code } = await within('the session is ended', played.closed)
      siege.codes[code] = (siege.codes[code] ?? 0) + 1
      siege.sessions++
    }
  }

  async function asAgent(role: Role): Promise<Played> {
    const played = await play(options.url, role)
    if (!played.welcome) throw new Error(`no welcome: ${JSON.stringify(await played.closed)}`)
    if (!random.oneIn(3)) {
      played.say('hello', helloBody())
      played.say('snapshot', { servers: [], commands: [], orphans: [], last: true })
    }
    return played
  }

  /** Resolves when the panel has to have ended it, or when it may go on. */
  async function harass(played: Played): Promise<void> {
    for (let sent = 0; sent < MOST_IN_SESSION; sent++) {
      if (played.socket.readyState !== WebSocket.OPEN) return
      const frame = options.authenticated ? nextOfMany() : source.next()
      played.send(frame)
      siege.frames++
      if (!options.authenticated || !isReadable(frame)) {
        await within('the session is ended', played.closed)
        return
      }
      if (random.oneIn(10)) await new Promise(resolve => setImmediate(resolve))
    }
  }

  function nextOfMany(): HostileFrame {
    for (;;) {
      const frame = source.next()
      if (!isFatal(frame) || random.oneIn(FATAL_ONE_IN)) return frame
    }
  }

  await Promise.all(roles.map(attack))
  return siege
}

/** Cannot be read, or comes at the wrong time. */
function isFatal(frame: HostileFrame): boolean {
  return !isReadable(frame) || /"type":"(auth|hello|key.rotate)"/.test(String(frame))
}

function isReadable(frame: HostileFrame): boolean {
  if (typeof frame !== 'string') return decodeConsoleFrame(frame) !== undefined
  return Buffer.byteLength(frame) <= 65_536 && panelCodec.decode(frame).kind !== 'refused'
}
