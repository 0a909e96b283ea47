import type { Failpoint } from '@ctrl-alt-play/protocol'
import { createCalls } from '../commands/calls.ts'
import { createConsoleInput } from '../commands/console-input.ts'
import type { Commands } from '../commands/dispatch.ts'
import type { Consoles } from '../console/consoles.ts'
import { withDeadline } from '../deadline.ts'
import type { Vitals } from '../host/vitals.ts'
import type { Reconciler } from '../reconcile/reconciler.ts'
import { createWantedSync } from '../reconcile/wanted-sync.ts'
import type { Driver } from '../runtime/driver.ts'
import type { Credentials } from '../state/credentials.ts'
import type { Journal } from '../state/journal.ts'
import { keepConnected } from './connection.ts'
import type { EventLog } from './events.ts'
import type { Welcome } from './handshake.ts'
import { createHeartbeats } from './heartbeats.ts'
import { createKeyRing } from './key-rotation.ts'
import type { LinkOptions, LinkState } from './one-session.ts'
import { connectUrl, parsePanelUrl } from './panel-url.ts'
import type { Reporter } from './reporter.ts'
import type { PanelListeners, Session } from './session.ts'
import type { Uplink } from './uplink.ts'

/** What the panel's messages are for. */
interface LinkParts {
  commands: Commands
  consoles: Consoles
  events: EventLog
  reporter: Reporter
  reconciler: Reconciler
  vitals: Vitals
  forget(serverId: string): Promise<void>
}

/** Waits that tests shorten. */
export type LinkSettings = Partial<
  Pick<LinkOptions, 'handshakeMs' | 'silenceMs' | 'backoffFactor' | 'random' | 'longestWaitMs'>
>

export interface PanelLinkOptions
  extends LinkSettings,
    Pick<LinkOptions, 'lastEpoch' | 'instanceId' | 'bootId' | 'log' | 'signal'> {
  credentials: Credentials
  /** Durable once resolved. */
  saveCredentials(next: Credentials): Promise<void>
  parts: LinkParts
  journal: Journal
  driver: Driver
  /** It has come or gone. */
  onState?(state: LinkState): void
  failpoint?: Failpoint | undefined
}

export interface PanelLink {
  send: Uplink
  state(): LinkState
  /** Until the signal aborts. */
  run(): Promise<void>
}

const FACTS_TIMEOUT_MS = 5_000

/** The agent's parts on one end of the wire: which message is for whom, and what a session begins with. */
export function createPanelLink(options: PanelLinkOptions): PanelLink {
  const { credentials, saveCredentials: save, parts, journal, driver, log, failpoint } = options
  const { commands, consoles, events, reporter, reconciler, vitals } = parts
  const nowMs = (): number => Date.now()
  const keyRing = createKeyRing({ credentials, save, nowMs, failpoint })
  let current: Session | undefined
  let state: LinkState = {
    connected: false,
    since: new Date().toISOString(),
    epoch: options.lastEpoch.get(),
    clockSkewMs: null,
    reason: null
  }

  const send: Uplink = (type, body) => current?.send(type, body) ?? false
  const answer = createCalls({ 'console.input': createConsoleInput(reconciler, driver) })
  const heartbeats = createHeartbeats({
    read: vitals.read,
    driver,
    running: reconciler.running,
    watched: consoles.watched,
    digest: reporter.digest,
    send,
    isBusy: () => current?.isBusy() ?? true,
    log
  })

  async function open(session: Session, welcome: Welcome): Promise<Omit<PanelListeners, 'goaway'>> {
    const lost = journal.isLost()
    const late = (): Error => new Error('the machine does not tell about itself')
    const facts = Promise.all([vitals.facts(), vitals.read()])
    const [machine, { docker }] = await withDeadline(facts, FACTS_TIMEOUT_MS, late)
    const clock = { wallMs: Date.now(), monotonicMs: performance.now() }
    const journalFacts = { lastSeq: journal.lastSeq(), lost }
    // From here on in one breath: what happens later is a difference to what is told now.
    current = session
    session.send('hello', { machine, features: [], docker, journal: journalFacts, clock })
    reporter.sendSnapshot(commands.open())
    events.resend()
    consoles.connect(session.carrier)
    heartbeats.start(welcome.heartbeatSeconds)
    keyRing
      .rotate(session.epoch)
      .then(async rotation => {
        if (!rotation) return
        session.send('key.rotate', rotation)
        await failpoint?.('agent.key.sent')
      })
      .catch((err: unknown) => log.error({ err }, 'no new key could be made'))
    return listeners(session, lost)
  }

  function listeners(session: Session, lost: boolean): Omit<PanelListeners, 'goaway'> {
    const sync = createWantedSync(reconciler, parts.forget)
    return {
      async wanted(body) {
        const isWhole = await sync.hear(body)
        if (isWhole && lost) await journal.lossKnown()
      },
      command: commands.receive,
      'command.cancel': ({ id }) => commands.cancel(id),
      'command.confirm': ({ ids }) => commands.confirm(ids),
      call(body, id) {
        // Not waited for: a game that does not read must not hold up the others.
        answer(id, body).then(
          reply => reply && session.send('reply', reply),
          (err: unknown) => log.error({ err }, 'call not answered')
        )
      },
      'console.watch': consoles.watch,
      'console.credit': consoles.credit,
      'console.unwatch': consoles.unwatch,
      'console.stored': consoles.stored,
      'events.stored': ({ seq }) => events.stored(seq),
      pace: ({ heartbeatSeconds }) => heartbeats.pace(heartbeatSeconds),
      'snapshot.request': () => reporter.sendSnapshot(commands.open()),
      async 'key.accepted'(body) {
        if (await keyRing.accepted(body)) session.close(1000, 'a new key takes over')
      }
    }
  }

  return {
    send,
    state: () => state,
    run: () =>
      keepConnected({
        ...options,
        url: connectUrl(parsePanelUrl(credentials.panelUrl, credentials.insecure)),
        keyRing,
        open,
        closed() {
          current = undefined
          consoles.connect(undefined)
          heartbeats.stop()
        },
        onState(next) {
          state = next
          options.onState?.(next)
        }
      })
  }
}
