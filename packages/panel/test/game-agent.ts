import {
  agentCodec,
  type CommandOutcome,
  type ConsoleLine,
  createKeyPair,
  enrollTranscript,
  type KeyPair,
  lengthOf,
  type PanelBody,
  parseEnrollmentToken,
  type ServerReport,
  sign,
  type WantedServer
} from '@ctrl-alt-play/protocol'
import {
  connect,
  type FakeMachine,
  type FakeSession,
  machineFacts,
  newInstance,
  report,
  resources
} from './fake-agent.ts'
import { type Json, type Person, type TestPanel, until } from './helper.ts'

type Command = PanelBody<'command'>
type State = ServerReport['state']

/** A machine with games in memory: it speaks the real protocol on a real socket and does what it is told. */
export interface GameAgent {
  nodeId: string
  session: FakeSession
  /** What it was told to do, in order. */
  told: { kind: string; serverId: string; wanted: WantedServer; wipe?: boolean; script?: unknown }[]
  /** The newest wanted state that it heard of by itself, not by a command. */
  pushed: Map<string, WantedServer>
  typed: { serverId: string; line: string }[]
  /** Commands of these kinds are acknowledged and then wait for `go`. */
  hold: Set<string>
  go(): void
  /** Instead of success. */
  outcomes: Map<string, CommandOutcome>
  /** Answers to input, instead of "done". */
  refuseInput: { code: string; message: string } | undefined
  print(serverId: string, ...lines: string[]): void
  /** The same of what is never stored. */
  printLive(serverId: string, ...lines: string[]): void
  /** Bytes that it printed and that nobody could keep. */
  skip(serverId: string, bytes: number): void
  /** Whether the panel has asked for its lines as they come. */
  isWatched(serverId: string): boolean
  say: FakeSession['say']
  /** As a machine does every few seconds. */
  beat(): void
  /** Also to a panel that has taken the place of the one before. */
  reconnect(to?: { url: string; admin: Person }): Promise<void>
}

const engine = {
  version: '27.0.0',
  apiVersion: '1.46',
  liveRestore: true,
  storageDriver: 'overlay2',
  cgroupVersion: '2'
}

/** A node made through the API, whose machine has joined and is connected. */
export async function addGameNode(
  panel: TestPanel,
  admin: Person,
  name: string,
  memoryTotalMiB = 32_000
): Promise<GameAgent> {
  const { status, body } = await admin.request('POST', '/api/v1/nodes', { name })
  if (status !== 201) throw new Error(JSON.stringify(body))
  const machine = await joinNode(panel.url, body)
  return playAgent(admin, machine, memoryTotalMiB)
}

/** What a machine with these keys says to join. */
export function enrolmentOf(token: string, keys: KeyPair) {
  const { publicKey } = keys
  const tokenId = parseEnrollmentToken(token)?.id ?? ''
  const proof = sign(keys, enrollTranscript({ tokenId, publicKey }))
  return { token, publicKey, proof, machine: machineFacts }
}

/** The machine of a node that was just made through the API. */
export async function joinNode(url: string, { node, enrollment }: Json): Promise<FakeMachine> {
  const keys = createKeyPair()
  const { token, panelKey } = enrollment
  const response = await fetch(`${url}/agent/v1/enroll`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(enrolmentOf(token, keys))
  })
  if (response.status !== 200) throw new Error(await response.text())
  return { nodeId: node.id, keys, panelKey, url, instanceId: newInstance(), lastEpoch: 0 }
}

async function playAgent(
  admin: Person,
  machine: FakeMachine,
  memoryTotalMiB: number
): Promise<GameAgent> {
  const { nodeId } = machine
  const reports = new Map<string, ServerReport>()
  const consoles = new Map<string, { end: number; streamId?: number }>()
  const held: (() => void)[] = []

  const agent: GameAgent = {
    nodeId,
    session: await open(),
    told: [],
    pushed: new Map(),
    typed: [],
    hold: new Set(),
    go() {
      for (const release of held.splice(0)) release()
    },
    outcomes: new Map(),
    refuseInput: undefined,
    print: (serverId, ...texts) => print(serverId, texts, true),
    printLive: (serverId, ...texts) => print(serverId, texts, false),
    skip(serverId, bytes) {
      consoleOf(serverId).end += bytes
    },
    isWatched: serverId => consoleOf(serverId).streamId !== undefined,
    say: (type, body) => agent.session.say(type, body),
    beat: () =>
      agent.session.say('heartbeat', { resources: resources({ docker: engine, memoryTotalMiB }) }),
    async reconnect(to) {
      if (to) ({ admin } = to)
      if (to) machine.url = to.url
      agent.session = await open()
      listen(agent.session)
      await online()
    }
  }
  listen(agent.session)
  await online()
  return agent

  function open(): Promise<FakeSession> {
    return connect(machine, { servers: [...reports.values()] })
  }

  async function online(): Promise<void> {
    agent.beat()
    await until(`${nodeId} is online`, async () => {
      const { body } = await admin.request('GET', `/api/v1/nodes/${nodeId}`)
      return body.status === 'ONLINE' && body.resources?.docker != null
    })
  }

  function listen(session: FakeSession): void {
    // What came while it was still shaking hands.
    for (const command of session.heard('command')) carryOut(session, command)
    for (const { serverId, streamId } of session.heard('console.watch')) {
      consoleOf(serverId).streamId = streamId
    }
    session.socket.on('message', data => {
      const decoded = agentCodec.decode(String(data))
      if (decoded.kind !== 'message') return
      const { message } = decoded
      if (message.type === 'command') carryOut(session, message.body)
      if (message.type === 'wanted' && !message.body.full) {
        for (const wanted of message.body.servers) agent.pushed.set(wanted.serverId, wanted)
      }
      if (message.type === 'call') answer(session, message.id, message.body.params as Json)
      if (message.type === 'console.watch') {
        consoleOf(message.body.serverId).streamId = message.body.streamId
      }
      if (message.type === 'console.unwatch') {
        const { streamId } = message.body
        for (const one of consoles.values()) if (one.streamId === streamId) delete one.streamId
      }
    })
  }

  function carryOut(session: FakeSession, { id, kind, payload }: Command): void {
    const { wanted, wipe, script } = payload as Json
    const { serverId } = wanted
    agent.told.push({ kind, serverId, wanted, wipe, script })
    session.say('command.ack', { id })
    const finish = () => {
      const outcome = agent.outcomes.get(kind) ?? { status: 'SUCCEEDED' }
      if (outcome.status === 'SUCCEEDED') tell(session, wanted, stateAfter(kind))
      else if (kind === 'install') tell(session, wanted, 'INSTALL_FAILED', outcome.message)
      if (outcome.status === 'SUCCEEDED' && kind === 'delete') reports.delete(serverId)
      session.say('command.result', { id, outcome })
    }
    session.say('command.progress', { id, progress: { phase: 'CREATING' } })
    const during = stateDuring(kind)
    if (during) tell(session, wanted, during)
    if (agent.hold.has(kind)) held.push(finish)
    else finish()
  }

  function tell(
    session: FakeSession,
    wanted: WantedServer,
    state: State,
    reason: string | null = null
  ): void {
    const isUp = state === 'RUNNING' || state === 'STARTING'
    const next = report(wanted.serverId, {
      state,
      reason,
      generation: wanted.generation,
      restartSeq: wanted.restartSeq,
      ...(!isUp && { startedAt: null, containerId: null })
    })
    reports.set(wanted.serverId, next)
    session.say('report', { servers: [next] })
  }

  function answer(session: FakeSession, to: string, { serverId, line }: Json): void {
    if (agent.refuseInput) {
      session.say('reply', { to, ok: false, ...agent.refuseInput })
      return
    }
    agent.typed.push({ serverId, line })
    session.say('reply', { to, ok: true, result: {} })
  }

  function consoleOf(serverId: string) {
    const known = consoles.get(serverId) ?? { end: 0 }
    consoles.set(serverId, known)
    return known
  }

  function print(serverId: string, texts: string[], isStored: boolean): void {
    const known = consoleOf(serverId)
    const lines = texts.map(lineOf)
    const start = known.end
    known.end = lines.reduce((end, line) => end + lengthOf(line), start)
    const { streamId } = known
    if (streamId) agent.session.frame({ type: 'live', streamId, start, lines })
    if (isStored) agent.session.frame({ type: 'chunk', serverId, start, lines })
  }
}

function lineOf(text: string): ConsoleLine {
  return { atMs: Date.now(), stream: 'stdout', continued: false, text: Buffer.from(text) }
}

function stateDuring(kind: string): State | undefined {
  const states: Record<string, State> = {
    start: 'STARTING',
    restart: 'STARTING',
    stop: 'STOPPING',
    install: 'INSTALLING',
    reinstall: 'INSTALLING'
  }
  return states[kind]
}

function stateAfter(kind: string): State {
  if (kind === 'start' || kind === 'restart') return 'RUNNING'
  return kind === 'delete' ? 'ABSENT' : 'STOPPED'
}
