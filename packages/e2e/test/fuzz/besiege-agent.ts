import { agentCodec, limits } from '@ctrl-alt-play/protocol'
import type { PlayedPanel, Visit } from '../world/played-panel.ts'
import { within } from '../world/within.ts'
import type { Siege } from './besiege-panel.ts'
import { createHostileFrames, type HostileFrame } from './frames.ts'
import type { Random } from './random.ts'

export interface AgentSiegeOptions {
  panel: PlayedPanel
  frames: number
  random: Random
  /** False: in place of the challenge or of the welcome. */
  authenticated: boolean
}

const MOST_IN_SESSION = 100
/** Of what ends a session only so much is said: beginning one is what takes time. */
const FATAL_ONE_IN = 150

/** The panel says what it likes until so many frames are said. */
export async function besiegeAgent(options: AgentSiegeOptions): Promise<Siege> {
  const { panel, random, authenticated } = options
  const siege: Siege = { frames: 0, sessions: 0, codes: {} }
  let epoch = 0
  const source = createHostileFrames({
    direction: 'panel',
    random,
    adapt: text => (random.oneIn(2) ? text.replaceAll('"epoch":8', `"epoch":${epoch}`) : text)
  })

  async function harass(visit: Visit): Promise<void> {
    for (let sent = 0; sent < MOST_IN_SESSION; sent++) {
      if (visit.socket.readyState !== visit.socket.OPEN) return
      const frame = next()
      visit.send(frame)
      siege.frames++
      if (!isReadable(frame)) return
      if (random.oneIn(10)) await new Promise(resolve => setImmediate(resolve))
    }
    visit.socket.close(1000)
  }

  function next(): HostileFrame {
    for (;;) {
      const frame = source.next()
      const isFatal = !isReadable(frame) || String(frame).includes('"type":"goaway"')
      if (!authenticated || !isFatal || random.oneIn(FATAL_ONE_IN)) return frame
    }
  }

  function isReadable(frame: HostileFrame): boolean {
    return authenticated && isForAgents(frame)
  }

  while (siege.frames < options.frames) {
    const visit = await panel.visit()
    if (authenticated) await panel.welcome(visit)
    else if (random.oneIn(2)) panel.challenge(visit)
    epoch = visit.epoch
    await harass(visit)
    const { code } = await within('the agent ends it', visit.closed)
    siege.codes[code] = (siege.codes[code] ?? 0) + 1
    siege.sessions++
  }
  return siege
}

function isForAgents(frame: HostileFrame): boolean {
  if (typeof frame !== 'string' || Buffer.byteLength(frame) > limits.panelMessageBytes) return false
  const decoded = agentCodec.decode(frame)
  if (decoded.kind === 'ignored') return true
  return decoded.kind === 'message' && !['challenge', 'welcome'].includes(decoded.message.type)
}
