import type { WantedServer } from '@ctrl-alt-play/protocol'
import { nanosOf } from '../nanos.ts'
import type { Container } from '../runtime/driver.ts'
import type { Notes } from '../state/notes.ts'
import { isReady } from './describe.ts'
import { type ExitContext, judgeExit } from './judge-exit.ts'
import { crashedAgain, crashLoop, howItEnded, inWords, reasons } from './reasons.ts'
import type { Failure } from './server-view.ts'
import { doubling, type Timing } from './timing.ts'

/** What one server has been through: its runs, how they ended, what was tried in vain. On disk where it must last. */
export interface History {
  notes(): Notes
  /** The newest thing that went wrong for the run a person asked for. */
  failure(): Failure | null
  /** A person asked for another run: earlier failures are not its own. */
  begin(): void
  /** The container is up: notes a run that is new. */
  seeRun(up: Container, wanted: WantedServer): void
  /** Answers false when it was known already. */
  seeReady(up: Container): boolean
  /** The run was ended by the agent itself, which says nothing about the game. */
  seeStopped(down: Container): void
  seeEnd(down: Container, wanted: WantedServer, context: EndContext): NextTry
  /** An attempt to start that came to no run. */
  seeFailedStart(wanted: WantedServer, failure: { code: string; message: string }): NextTry
  change(change: (notes: Notes) => Notes): Promise<void>
  /** It counts only once it is on disk, and never when it cannot be written. */
  changeOnDisk(change: (notes: Notes) => Notes): Promise<void>
}

/** How long to wait before the next try, and what to say meanwhile if it is no crash. */
export interface NextTry {
  waitMs: number
  reason: string | null
}

export type EndContext = Omit<ExitContext, 'crashesBefore' | 'rebooted'>

export interface HistoryOptions {
  notes: Notes
  bootId: string
  timing: Timing
  /** Failures to write are logged by the one who writes. */
  save(notes: Notes): Promise<void>
  /** For people who read later what happened. */
  tell(code: string, message: string): void
}

/** There is no use in trying these again unchanged. */
const permanent: ReadonlySet<string> = new Set([
  'POLICY_REFUSED',
  'IMAGE_NOT_ALLOWED',
  'DATA_MISSING',
  'CONFIG_FILE_REFUSED'
])

const atOnce: NextTry = { waitMs: 0, reason: null }

const takenDown = {
  reboot: 'The machine was restarted and the game with it; it is started again.',
  docker: 'Docker was restarted and the game with it; it is started again.',
  outside: 'The game was stopped outside Ctrl-Alt-Play; it is started again in a moment.'
} as const

export function createHistory(options: HistoryOptions): History {
  const { timing, tell, bootId } = options
  let notes = options.notes
  let failure: Failure | null = null
  /** A Docker that is on its way down fails at everything: until then that is not held against the game. */
  let forgivingUntilMs = Number.NEGATIVE_INFINITY

  function change(next: Partial<Notes>): void {
    notes = { ...notes, ...next }
    options.save(notes).catch(() => undefined)
  }

  function hold(
    wanted: WantedServer,
    held: Pick<NonNullable<Notes['held']>, 'because' | 'code' | 'reason'>
  ): void {
    const { generation, restartSeq } = wanted
    change({ held: { ...held, generation, restartSeq } })
  }

  function fail(wanted: WantedServer, code: string, message: string): void {
    const { generation, restartSeq } = wanted
    failure = { generation, restartSeq, code, message }
    tell(code, message)
  }

  /** One more failure in a row: another try after a while, or none at all. */
  function count(
    wanted: WantedServer,
    crash: { code: string; count: number; say(ms: number): string }
  ): NextTry {
    const waitMs = doubling(crash.count, timing.firstRestartMs, timing.lastRestartMs)
    const { restartSeq } = wanted
    change({ crashes: { restartSeq, count: crash.count, reason: crash.say(waitMs) } })
    if (crash.count < timing.crashesOfLoop) return { waitMs, reason: null }
    const reason = crashLoop(failure?.message ?? '', crash.count)
    hold(wanted, { because: 'CRASH_LOOP', code: crash.code, reason })
    tell('CRASH_LOOP', reason)
    return atOnce
  }

  function crashesOf({ restartSeq }: WantedServer): number {
    return notes.crashes.restartSeq === restartSeq ? notes.crashes.count : 0
  }

  function markJudged({ id, startedAt, finishedAt }: Container): void {
    if (startedAt === null) return
    change({ judged: { containerId: id, startedAt, finishedAt: finishedAt ?? startedAt } })
  }

  return {
    notes: () => notes,
    failure: () => failure,
    begin() {
      failure = null
      forgivingUntilMs = Number.NEGATIVE_INFINITY
    },
    seeRun(up, wanted) {
      const { run } = notes
      const { id: containerId, startedAt } = up
      if (startedAt === null) return
      if (run?.containerId === containerId && run.startedAt === startedAt) return
      // Started again by somebody else: the run before ended, at the latest, when this one began.
      const isUnjudged = run?.containerId === containerId && !isJudged(notes, run.startedAt)
      if (isUnjudged) markJudged({ ...up, startedAt: run.startedAt, finishedAt: startedAt })
      const ready = wanted.spec.ready.length === 0
      change({ run: { containerId, startedAt, restartSeq: up.restartSeq, bootId, ready } })
    },
    seeReady(up) {
      if (isReady(up, notes) || !notes.run) return false
      change({ run: { ...notes.run, ready: true } })
      tell('READY', 'The game is ready.')
      return true
    },
    seeStopped(down) {
      markJudged(down)
      tell('STOPPED', 'The server was stopped.')
    },
    seeEnd(down, wanted, context) {
      const { run } = notes
      const isNoted = run?.containerId === down.id && run.startedAt === down.startedAt
      const rebooted = isNoted && run.bootId !== bootId
      const crashesBefore = crashesOf(wanted)
      const verdict = judgeExit(down, { ...context, crashesBefore, rebooted }, timing)
      markJudged(down)
      if (verdict.kind === 'taken-down') {
        const reason = takenDown[verdict.by]
        tell('TAKEN_DOWN', reason)
        if (verdict.by !== 'outside') return { waitMs: 0, reason }
        forgivingUntilMs = performance.now() + timing.forgiveMs
        return { waitMs: timing.firstRestartMs, reason }
      }
      if (verdict.kind === 'ended') {
        fail(wanted, 'ENDED_BY_ITSELF', reasons.endedByItself)
        const held = { code: 'ENDED_BY_ITSELF', reason: reasons.endedByItself }
        hold(wanted, { because: 'ENDED_BY_ITSELF', ...held })
        return atOnce
      }
      const code = down.oomKilled ? 'OUT_OF_MEMORY' : 'CRASHED'
      fail(wanted, code, `The game ${howItEnded(down)}.`)
      const say = (ms: number): string => crashedAgain(down, { count: verdict.count, ms })
      return count(wanted, { code, count: verdict.count, say })
    },
    seeFailedStart(wanted, { code, message }) {
      if (performance.now() < forgivingUntilMs && !permanent.has(code)) {
        return { waitMs: timing.firstRestartMs, reason: message }
      }
      fail(wanted, code, message)
      if (permanent.has(code)) {
        hold(wanted, { because: 'REFUSED', code, reason: message })
        return atOnce
      }
      const say = (ms: number): string => `${message} It is tried again after ${inWords(ms)}.`
      return count(wanted, { code, count: crashesOf(wanted) + 1, say })
    },
    change(next) {
      notes = next(notes)
      return options.save(notes)
    },
    async changeOnDisk(next) {
      let written: Notes | undefined
      while (written !== notes) {
        written = notes
        await options.save(next(written)).catch(err => {
          options.save(notes).catch(() => undefined)
          throw err
        })
      }
      notes = next(notes)
    }
  }
}

function isJudged({ judged }: Notes, startedAt: string): boolean {
  return judged?.startedAt === startedAt
}

/** Output from before this belongs to an earlier run of the same container. */
export function runBeganNs({ judged }: Notes, container: Container): bigint {
  const isEarlier = judged?.containerId === container.id && judged.startedAt !== container.startedAt
  return isEarlier ? nanosOf(judged.finishedAt) : 0n
}
