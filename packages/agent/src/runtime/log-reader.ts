import { setTimeout as delay } from 'node:timers/promises'
import type { ContainerInspectInfo } from 'dockerode'
import type { Container, LogLine } from './driver.ts'
import { DriverError } from './driver-error.ts'
import type { Engine } from './engine.ts'
import { asDriverError } from './engine-errors.ts'
import { createLogCursor, type LogCursor } from './log-cursor.ts'
import type { LogFiles } from './log-file.ts'
import { createLineAssembler } from './log-lines.ts'
import { createMessageParser } from './log-messages.ts'
import { formatSince } from './log-stamp.ts'

type LogContainer = Pick<Container, 'id' | 'tty'>

interface LogOptions {
  sinceNs: bigint
  follow: boolean
  signal: AbortSignal
}

export type LogReader = (container: LogContainer, options: LogOptions) => AsyncIterable<LogLine>

interface Reading {
  container: LogContainer
  cursor: LogCursor
  signal: AbortSignal
  /** When the run began that is read to its end. */
  startedAt?: string
}

/** Asked before lines are handed out, and now and then without any. */
type IsSound = (newest?: LogLine, stepsBack?: number) => boolean

/** What is there now (of a game that has ended: with its unfinished line), or also what is to come. */
type Mode = 'follow' | 'whole' | 'now'

const INSPECT_TIMEOUT_MS = 10_000
const LOOK_INTERVAL_MS = 1_000
const PAUSE_MS = 100
/** Without a look at the log's file: how late a line may come, and how long one stream is trusted. */
const MAX_LAG_MS = 1_000
const MAX_BLIND_MS = 30_000

/**
 * Reads a container's log so that no line is lost or doubled. Following is fast but not exact while
 * Docker exchanges the log's file and when the game ends; reading without following is exact. So it
 * follows, and wherever that may have gone wrong it throws the last bytes away and reads them again.
 */
export function createLogReader(engine: Engine, files: LogFiles): LogReader {
  async function stateOf({ container }: Reading): Promise<ContainerInspectInfo['State']> {
    const view = await engine.call(INSPECT_TIMEOUT_MS, abortSignal =>
      engine.docker.getContainer(container.id).inspect({ abortSignal })
    )
    return view.State
  }

  /** All lines after the cursor, in batches as they arrive. Answers false when it stopped before a hole. */
  async function* read(
    { container, cursor, signal }: Reading,
    mode: Mode,
    { isSound = () => true, fromStart = false }: { isSound?: IsSound; fromStart?: boolean } = {}
  ): AsyncGenerator<LogLine[], boolean> {
    const parser = createMessageParser(container.tty)
    const assembler = createLineAssembler()
    const fromNs = fromStart ? 0n : cursor.fromNs()
    const { isNew, hasStopped } = cursor.resume(fromStart ? 'mark' : 'stop')
    const query = {
      follow: mode === 'follow',
      stdout: true,
      stderr: true,
      timestamps: true,
      ...(fromNs > 0n && { since: formatSince(fromNs) })
    }
    const stream = await engine.stream(`/containers/${container.id}/logs`, query, signal)
    const look = setInterval(() => isSound() || stream.destroy(), LOOK_INTERVAL_MS)
    look.unref()
    try {
      for await (const chunk of stream) {
        const lines = assembler.push(parser.push(chunk as Buffer))
        if (!isSound(lines.at(-1), assembler.stepsBack())) return true
        yield lines.filter(isNew)
        if (hasStopped()) return false
      }
      if (mode === 'follow') return true
      yield assembler.push(parser.end()).filter(isNew)
      if (mode === 'whole') yield assembler.flush().filter(isNew)
      return !hasStopped()
    } catch (error) {
      if (!isSound() || signal.aborted) return true
      throw asDriverError(error)
    } finally {
      clearInterval(look)
      stream.destroy()
    }
  }

  /**
   * Docker 20.10 leaves out every exchanged file when the oldest of them ends before the time that it is
   * asked for: a hole is believed only when the whole log has been read for it.
   */
  async function* readExactly(reading: Reading, mode: Mode): AsyncGenerator<LogLine[]> {
    const isComplete = yield* read(reading, mode)
    if (!isComplete) yield* read(reading, mode, { fromStart: true })
  }

  /** Until the stream ends or may have missed something. */
  function follow(reading: Reading): AsyncGenerator<LogLine[]> {
    const { id } = reading.container
    const file = files.identityOf(id)
    const isSame: IsSound = () => files.identityOf(id) === file
    if (file !== undefined) return read(reading, 'follow', { isSound: isSame })
    const until = performance.now() + MAX_BLIND_MS
    const isTimely: IsSound = (newest, stepsBack = 0) => {
      const lagMs = newest ? Date.now() - newest.atMs : 0
      return lagMs < MAX_LAG_MS && stepsBack === 0 && performance.now() < until
    }
    return read(reading, 'follow', { isSound: isTimely })
  }

  async function* readBatches(reading: Reading, isFollowing: boolean): AsyncGenerator<LogLine[]> {
    await files.prepare()
    let mayMiss = false
    while (!reading.signal.aborted) {
      const state = await stateOf(reading)
      reading.startedAt ??= state.StartedAt
      const isLast = !isFollowing || !state.Running || state.StartedAt !== reading.startedAt
      const isBlind = files.identityOf(reading.container.id) === undefined
      const mode = state.Running ? 'now' : 'whole'
      if (isLast || isBlind || mayMiss) yield* readExactly(reading, mode)
      if (isLast) return
      const before = reading.cursor.atNs
      yield* follow(reading)
      mayMiss = true
      if (reading.cursor.atNs !== before) continue
      await delay(PAUSE_MS, undefined, { signal: reading.signal })
    }
  }

  return async function* readLog(container, { sinceNs, follow: isFollowing, signal }) {
    const reading: Reading = { container, cursor: createLogCursor(sinceNs), signal }
    try {
      for await (const lines of readBatches(reading, isFollowing)) {
        for (const line of lines) yield line
      }
    } catch (error) {
      const isGone = error instanceof DriverError && error.code === 'NO_SUCH_CONTAINER'
      const wasRemoved = isGone && reading.startedAt !== undefined
      if (!signal.aborted && !wasRemoved) throw error
    }
  }
}
