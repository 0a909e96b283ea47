import { isDeepStrictEqual } from 'node:util'
import type { CommandProgress, ServerSpec, WantedServer } from '@ctrl-alt-play/protocol'
import type { Logger } from 'pino'
import { type Bell, createBell } from '../bell.ts'
import type { Clock } from '../clock.ts'
import { pause } from '../deadline.ts'
import type { Container } from '../runtime/driver.ts'
import { DriverError } from '../runtime/driver-error.ts'
import type { Notes } from '../state/notes.ts'
import { apply, type Subject, type Workshop } from './apply.ts'
import { describe, isReady } from './describe.ts'
import type { EngineWatch } from './engine-watch.ts'
import type { EndContext, History, NextTry } from './history.ts'
import { wasKilledByNobody } from './judge-exit.ts'
import { isInstalled, isUp, plan, type Step } from './plan.ts'
import { remembered } from './remembered.ts'
import type { ServerView } from './server-view.ts'
import { doubling } from './timing.ts'

/** Brings one server about: one step at a time, undisturbed by what other servers need. */
export interface Actor {
  want(wanted: WantedServer): void
  /** Docker has been looked at, or something else may have changed. */
  poke(): void
  /** What is being stopped is killed now. */
  hurry(): void
  /** The container's run has said that it is ready. */
  markReady(containerId: string): void
  /** Resolves once it is on disk. */
  note(change: (notes: Notes) => Notes): Promise<void>
  /** Nothing is done about it before it is on disk; rejects, as if nothing had been said, when it cannot be written. */
  noteOnDisk(change: (notes: Notes) => Notes): Promise<void>
  view(): ServerView
  /** Begins nothing more. */
  close(): void
}

export interface ActorOptions {
  wanted: WantedServer
  history: History
  shop: Workshop
  engine: EngineWatch
  clock: Clock
  log: Logger
  /** Something is to be seen that was not so before. */
  onChange(view: ServerView): void
  /** For people who read later what happened. */
  tell(code: string, message: string): void
  /** Sees to it that the container's console is read. */
  follow(container: Container, spec: ServerSpec, notes: Notes): void
}

/** Docker's answer may lag behind a step; more rounds than this mean that it does not do what it says. */
const MAX_ROUNDS = 12

type Doing = Exclude<Step, { do: 'nothing' | 'wait' | 'judge' }>

export function createActor(options: ActorOptions): Actor {
  const { shop, engine, clock, log, history } = options
  const { timing } = shop
  const { serverId } = options.wanted
  const changed: Bell = createBell()
  let wanted = options.wanted
  let container: Container | undefined
  let progress: CommandProgress | null = null
  let trouble: string | null = null
  let retryAtMs = 0
  let retries = 0
  let erased = false
  let isStale = true
  let settledGeneration = 0
  /** When the newest run was last seen up, or begun: Docker's outages until then. */
  let lastUp: { startedAt: string | null; outages: number } | undefined
  let impatience = new AbortController()
  let current: { step: Doing; controller: AbortController } | undefined
  let giveBackPlace: () => void = () => undefined
  let timer: NodeJS.Timeout | undefined
  let isConsidering = false
  let isWorking = false
  let again = false
  let isClosed = false
  let hasLooked = false
  let shown: ServerView | undefined

  const subject: Subject = {
    wanted: () => ({ ...wanted, installed: isInstalled(wanted, history.notes()) }),
    isDown: id => container?.id !== id || !isUp(container),
    changed,
    impatience: () => impatience.signal,
    progress(next) {
      progress = next
      publish()
    },
    tell: options.tell,
    holdPlace(giveBack) {
      if (isClosed) return giveBack()
      const held = setTimeout(giveBack, timing.startHoldsPlaceMs)
      giveBackPlace = () => {
        clearTimeout(held)
        giveBack()
      }
    }
  }

  function wake(): void {
    again = true
    if (isWorking || isClosed) return
    isWorking = true
    work()
      .catch(err => log.error({ err, serverId }, 'server not brought about'))
      .finally(() => {
        isWorking = false
        if (again) wake()
      })
  }

  async function work(): Promise<void> {
    while (again && !isClosed) {
      again = false
      await advance()
    }
  }

  async function advance(): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS && !isClosed; round++) {
      if (isStale) {
        isStale = false
        await engine.refresh()
      }
      progress = null
      if (!engine.isKnown() || engine.problem()) return publish()
      look()
      const step = choose()
      if (step.do === 'nothing' || step.do === 'wait') return settle(step)
      if (step.do === 'judge') await consider()
      else await attempt(step)
    }
    settle({ do: 'wait', ms: timing.firstRetryMs })
  }

  /** What Docker says about an exit may come a moment after it, and on a busy machine more than a moment. */
  async function consider(): Promise<void> {
    isConsidering = true
    await pause(timing.judgeAfterMs)
    look()
    await changed.until(() => !isUnexplained(choose()), { timeoutMs: timing.explainWithinMs })
    isConsidering = false
    const step = choose()
    if (step.do === 'judge' && !isClosed) judge(step.container)
  }

  function isUnexplained(step: Step): boolean {
    return step.do === 'judge' && wasKilledByNobody(step.container, contextOf(step.container))
  }

  function choose(): Step {
    const nowMs = clock.monotonicMs()
    return plan({ wanted, container, notes: history.notes(), erased, nowMs, retryAtMs })
  }

  function settle(step: Extract<Step, { do: 'nothing' | 'wait' }>): void {
    clearTimeout(timer)
    if (isClosed) return
    if (step.do === 'wait') timer = setTimeout(wake, step.ms)
    else if (!isStale) settledGeneration = wanted.generation
    if (impatience.signal.aborted && !isStale) impatience = new AbortController()
    publish()
  }

  async function attempt(step: Doing): Promise<void> {
    const controller = new AbortController()
    current = { step, controller }
    try {
      log.debug({ serverId, step: step.do }, 'step')
      await apply(shop, subject, step, controller.signal)
      done(step)
    } catch (err) {
      if (!controller.signal.aborted) failed(step, err)
    }
    current = undefined
    isStale = true
  }

  function done(step: Doing): void {
    trouble = null
    retries = 0
    if (step.do === 'erase') erased = true
    if (step.do === 'start') lastUp = { startedAt: null, outages: engine.outages() }
    if (step.do === 'stop') history.seeStopped(engine.containerOf(serverId) ?? step.container)
  }

  function failed(step: Doing, err: unknown): void {
    const code = err instanceof DriverError ? err.code : 'FAILED'
    const message = err instanceof Error ? err.message : String(err)
    log.warn({ err, serverId, step: step.do }, 'step failed')
    if (code !== 'ENGINE_UNAVAILABLE' && (step.do === 'make' || step.do === 'start')) {
      tryAgain(history.seeFailedStart(wanted, { code, message }))
      return
    }
    trouble = message
    retries++
    retryAfter(doubling(retries, timing.firstRetryMs, timing.lastRetryMs))
  }

  function retryAfter(ms: number): void {
    retryAtMs = clock.monotonicMs() + ms
  }

  /** Takes in what Docker shows. */
  function look(): void {
    const before = container
    hasLooked = true
    container = engine.containerOf(serverId) ?? displaced()
    if (before && !container && !isOurDoing()) {
      options.tell('CONTAINER_GONE', 'The container was removed outside Ctrl-Alt-Play.')
    }
    if (container && isUp(container)) lookAtRun(container)
    else giveBackPlace()
    if (container) options.follow(container, wanted.spec, history.notes())
    publish()
    changed.ring()
  }

  /** Our running container under another name: it is still ours, and a second one must not be made beside it. */
  function displaced(): Container | undefined {
    const known = remembered(wanted, history.notes())
    const found = engine.orphans().find(({ containerId }) => containerId === known?.id)
    return known && found?.running ? { ...known, name: found.name } : undefined
  }

  function isOurDoing(): boolean {
    const isInstalling = history.notes().install?.state === 'RUNNING'
    return current?.step.do === 'remove' || wanted.desired === 'ABSENT' || isInstalling
  }

  function lookAtRun(up: Container): void {
    lastUp = { startedAt: up.startedAt, outages: engine.outages() }
    history.seeRun(up, wanted)
    if (isReady(up, history.notes())) giveBackPlace()
  }

  function contextOf(down: Container): EndContext {
    return {
      killedOutside: engine.wasKilled(down.id),
      engineWasAway: lastUp !== undefined && lastUp.outages < engine.outages(),
      liveRestore: engine.liveRestore(),
      unseen: lastUp === undefined
    }
  }

  function judge(down: Container): void {
    const next = history.seeEnd(down, wanted, contextOf(down))
    log.info({ serverId, exitCode: down.exitCode, oomKilled: down.oomKilled }, 'game ended')
    tryAgain(next)
    publish()
  }

  function tryAgain({ waitMs, reason }: NextTry): void {
    trouble = reason
    retryAfter(waitMs)
  }

  function publish(): void {
    const next = see()
    if (isDeepStrictEqual(shown, next)) return
    shown = next
    options.onChange(next)
  }

  function see(): ServerView {
    const notes = history.notes()
    const problem = engine.problem()
    const engineProblem = problem?.message ?? null
    const isWaiting = container !== undefined && isUp(container) && !isReady(container, notes)
    return {
      wanted,
      container,
      report: describe({
        wanted,
        container: hasLooked ? container : remembered(wanted, notes),
        notes,
        progress,
        trouble,
        engineProblem
      }),
      isKnown: hasLooked,
      progress: progress ?? (isWaiting ? { phase: 'WAITING_FOR_READY' } : null),
      failure: history.failure(),
      settledGeneration,
      engineProblem: problem
    }
  }

  /** A start that is under way although the newest wish is another. */
  function isOvertaken(before: WantedServer, next: WantedServer): boolean {
    const step = current?.step.do
    const isStarting = step === 'make' || step === 'start'
    return isStarting && (next.desired !== 'RUNNING' || next.restartSeq !== before.restartSeq)
  }

  return {
    want(next) {
      const before = wanted
      wanted = next
      isStale = true
      if (next.restartSeq !== before.restartSeq) history.begin()
      if (next.restartSeq !== before.restartSeq || next.desired !== before.desired) {
        retryAtMs = 0
        retries = 0
      }
      if (next.desired !== 'ABSENT') erased = false
      if (isOvertaken(before, next)) current?.controller.abort()
      publish()
      changed.ring()
      wake()
    },
    poke() {
      if ((current || isConsidering) && !engine.problem()) look()
      wake()
    },
    hurry() {
      impatience.abort()
      wake()
    },
    markReady(containerId) {
      // Without another look: the console is told of a run by the same look that shows it here, and until then
      // it may still be reading what the run before has said.
      const up = container
      if (up?.id !== containerId || !isUp(up)) return
      if (!history.seeReady(up)) return
      giveBackPlace()
      publish()
      changed.ring()
    },
    async note(change) {
      const saved = history.change(change)
      isStale = true
      publish()
      wake()
      await saved
    },
    async noteOnDisk(change) {
      await history.changeOnDisk(change)
      isStale = true
      publish()
      wake()
    },
    view: see,
    close() {
      isClosed = true
      clearTimeout(timer)
      giveBackPlace()
      current?.controller.abort()
    }
  }
}
