import type { Failpoint, Orphan, WantedServer } from '@ctrl-alt-play/protocol'
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { Consoles } from '../console/consoles.ts'
import { installName } from '../runtime/container-names.ts'
import type { Container, Driver } from '../runtime/driver.ts'
import { emptyNotes, type Notes } from '../state/notes.ts'
import type { RecordFolder } from '../state/record-folder.ts'
import type { WantedStore } from '../state/wanted.ts'
import { type Actor, createActor } from './actor.ts'
import type { Workshop } from './apply.ts'
import { isReady } from './describe.ts'
import { createEngineWatch, type EngineProblem } from './engine-watch.ts'
import { createHistory, runBeganNs } from './history.ts'
import { createPlaces } from './places.ts'
import { isUp } from './plan.ts'
import { reasons } from './reasons.ts'
import type { ServerView } from './server-view.ts'
import type { Timing } from './timing.ts'
import { createWishes } from './wishes.ts'

type ViewListener = (view: ServerView) => void

/** Brings this node to what is wanted and keeps it there, with the panel or without. */
export interface Reconciler {
  /** Until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
  /** Durable once resolved. False: something newer is wanted already. Rejects when it cannot be written. */
  want(wanted: WantedServer): Promise<boolean>
  /** As `want`, but one that cannot be written is tried again: it stays true until something else is. */
  wish(wanted: WantedServer): Promise<void>
  /** Of which servers anything is wanted, be it written or not. */
  wantedServers(): string[]
  /** Nobody wants anything of this server any more. What there is of it is reported and left alone. */
  forget(serverId: string): Promise<void>
  view(serverId: string): ServerView | undefined
  views(): ServerView[]
  /** Called with each new view of the server, from now on. Answers the stop. */
  watch(serverId: string, listener: ViewListener): () => void
  /** What is being stopped is killed now. */
  hurry(serverId: string): void
  /** From now on the game stays down and its container goes. Durable once resolved. False: something newer is wanted. */
  beginInstall(server: WantedServer, commandId: string): Promise<boolean>
  /** Null: it went well. Otherwise why not. */
  endInstall(serverId: string, problem: string | null): Promise<void>
  /** The command that the newest installation on this node belongs to. */
  installOf(serverId: string): Notes['install']
  markReady(serverId: string, containerId: string): void
  /** Asks Docker anew. */
  refresh(): Promise<void>
  running(): Container[]
  orphans(): Orphan[]
  engineProblem(): EngineProblem | null
  isEngineKnown(): boolean
  readonly shop: Workshop
}

export interface ReconcilerOptions {
  driver: Driver
  log: Logger
  clock: Clock
  timing: Timing
  bootId: string
  wanted: WantedStore
  notes: RecordFolder<Notes>
  consoles: Pick<Consoles, 'follow' | 'drain'>
  onChange: ViewListener
  onOrphans(orphans: Orphan[]): void
  tell(serverId: string, code: string, message: string): void
  failpoint?: Failpoint | undefined
}

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { driver, log, clock, timing, wanted, consoles } = options
  const actors = new Map<string, Actor>()
  const listeners = new Map<string, Set<ViewListener>>()
  const notesOf = new Map(options.notes.loaded.map(notes => [notes.serverId, notes]))
  const shop: Workshop = {
    driver,
    timing,
    failpoint: options.failpoint,
    starts: createPlaces(timing.startsAtOnce),
    pulls: createPlaces(timing.pullsAtOnce),
    drain: container => consoles.drain(container)
  }
  const engine = createEngineWatch({
    driver,
    log,
    timing,
    nowMs: () => clock.monotonicMs(),
    onChange(servers) {
      for (const [serverId, actor] of actors) {
        if (servers === 'all' || servers.has(serverId)) actor.poke()
      }
      options.onOrphans(orphans())
      removeLeftovers()
    }
  })

  /** What an installation left behind that was cut off; one that runs is not listed as an orphan. */
  function removeLeftovers(): void {
    for (const { name, containerId } of engine.orphans()) {
      const isLeftover = wanted.all().some(({ serverId }) => name === installName(serverId))
      if (!isLeftover) continue
      driver.remove(containerId).catch(err => log.warn({ err, name }, 'leftover not removed'))
    }
  }

  function save(notes: Notes): Promise<void> {
    notesOf.set(notes.serverId, notes)
    const saved = options.notes.put(notes)
    saved.catch(err => log.error({ err, serverId: notes.serverId }, 'notes not written'))
    return saved
  }

  function actorOf(server: WantedServer): Actor {
    const { serverId } = server
    const known = actors.get(serverId)
    if (known) return known
    const tell = (code: string, message: string): void => options.tell(serverId, code, message)
    const notes = interrupted(notesOf.get(serverId) ?? emptyNotes(serverId))
    const { bootId } = options
    const history = createHistory({ notes, bootId, timing, save, tell })
    const actor = createActor({
      wanted: server,
      history,
      shop,
      engine,
      clock,
      log,
      tell,
      onChange(view) {
        options.onChange(view)
        for (const listener of listeners.get(serverId) ?? []) listener(view)
      },
      follow(container, spec, now) {
        const ready = isReady(container, now) ? [] : spec.ready
        consoles.follow(container, { beganNs: runBeganNs(now, container), ready })
      }
    })
    actors.set(serverId, actor)
    return actor
  }

  function existing(serverId: string): Actor {
    const actor = actors.get(serverId)
    if (!actor) throw new Error(`Nothing is known of server ${serverId}.`)
    return actor
  }

  function orphans(): Orphan[] {
    const unwanted = engine.containers().filter(({ serverId }) => !actors.has(serverId))
    return [...engine.orphans(), ...unwanted.map(asOrphan)]
  }

  async function want(server: WantedServer): Promise<boolean> {
    if (!(await wanted.put(server))) return false
    actorOf(server).want(server)
    return true
  }

  const wishes = createWishes({ want, retryMs: timing.wantedRetryMs, log })
  for (const server of wanted.all()) actorOf(server)

  return {
    shop,
    async run(signal) {
      await Promise.all([engine.run(signal), wishes.run(signal)])
      for (const actor of actors.values()) actor.close()
      await options.notes.idle()
    },
    want,
    wish: wishes.hear,
    wantedServers: () => [...wanted.all().map(server => server.serverId), ...wishes.unwritten()],
    async forget(serverId) {
      wishes.forget(serverId)
      actors.get(serverId)?.close()
      actors.delete(serverId)
      notesOf.delete(serverId)
      await Promise.all([wanted.forget(serverId), options.notes.remove(serverId)])
    },
    view: serverId => actors.get(serverId)?.view(),
    views: () => [...actors.values()].map(actor => actor.view()),
    watch(serverId, listener) {
      const ofServer = listeners.get(serverId) ?? new Set()
      listeners.set(serverId, ofServer.add(listener))
      return () => {
        ofServer.delete(listener)
        if (ofServer.size === 0) listeners.delete(serverId)
      }
    },
    hurry: serverId => actors.get(serverId)?.hurry(),
    async beginInstall(server, commandId) {
      if (!(await wanted.put(server))) return false
      const actor = actorOf(server)
      const { serverId, generation } = server
      const install = { commandId, generation, state: 'RUNNING', reason: '' } as const
      // A disk that is full is met before the game goes down for it.
      await actor.noteOnDisk(notes => ({ ...notes, install }))
      actor.want(wanted.get(serverId) ?? server)
      return true
    },
    endInstall: (serverId, problem) =>
      existing(serverId).note(notes => ({
        ...notes,
        install: notes.install && {
          ...notes.install,
          state: problem === null ? 'DONE' : 'FAILED',
          reason: problem ?? ''
        }
      })),
    installOf: serverId => notesOf.get(serverId)?.install ?? null,
    markReady: (serverId, containerId) => actors.get(serverId)?.markReady(containerId),
    refresh: () => engine.refresh(),
    running: () => engine.containers().filter(isUp),
    orphans,
    engineProblem: () => engine.problem(),
    isEngineKnown: () => engine.isKnown()
  }
}

/** An installation that was under way when the agent ended did not come to an end that anybody knows. */
function interrupted(notes: Notes): Notes {
  if (notes.install?.state !== 'RUNNING') return notes
  const reason = reasons.installInterrupted
  return { ...notes, install: { ...notes.install, state: 'FAILED', reason } }
}

function asOrphan(container: Container): Orphan {
  const { id: containerId, name, serverId } = container
  return {
    containerId,
    name,
    image: '',
    running: isUp(container),
    reason: `The panel knows nothing of its server ${serverId}. It is left alone.`
  }
}
