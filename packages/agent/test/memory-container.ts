import { EventEmitter, once } from 'node:events'
import type { WantedServer } from '@ctrl-alt-play/protocol'
import type { Container, LogLine } from '../src/runtime/driver.ts'
import { specHashOf } from '../src/runtime/spec-hash.ts'
import { memoryGame, type Reaction } from './memory-game.ts'

/** One container of the in-memory engine: its state, its whole log, and what was typed into it. */
export interface MemoryContainer {
  view: Container
  wanted: WantedServer
  log: LogLine[]
  inputs: string[]
  start(): void
  /** Prints lines at one instant, as a burst would; `at` is handed in where a test resumes by time. */
  print(lines: string[], stream?: 'stdout' | 'stderr'): void
  react(reaction: Reaction): void
  end(exitCode: number, oomKilled?: boolean): void
  changed(signal: AbortSignal): Promise<unknown>
}

export type Notice = (container: MemoryContainer, action: 'start' | 'oom' | 'die') => void

let latestNs = 0n

/** Nanoseconds that only grow, as the engine's do. */
export function nextNs(): bigint {
  const now = BigInt(Date.now()) * 1_000_000n
  latestNs = now > latestNs ? now : latestNs + 1n
  return latestNs
}

export function createMemoryContainer(
  id: string,
  wanted: WantedServer,
  notice: Notice
): MemoryContainer {
  const wake = new EventEmitter().setMaxListeners(0)
  const container: MemoryContainer = {
    wanted,
    log: [],
    inputs: [],
    view: {
      id,
      name: `cap-${wanted.serverId}`,
      serverId: wanted.serverId,
      generation: wanted.generation,
      restartSeq: wanted.restartSeq,
      specHash: specHashOf(wanted.spec),
      state: 'created',
      startedAt: null,
      finishedAt: null,
      exitCode: null,
      oomKilled: false,
      tty: wanted.spec.tty
    },
    start() {
      const startedAt = new Date().toISOString()
      const fresh = { exitCode: null, oomKilled: false, finishedAt: null }
      Object.assign(container.view, fresh, { state: 'running', startedAt })
      notice(container, 'start')
      container.react(memoryGame.boot(wanted.spec.environment))
    },
    print(lines, stream = 'stdout') {
      const atNs = nextNs()
      const atMs = Number(atNs / 1_000_000n)
      for (const line of lines) {
        container.log.push({ atNs, atMs, stream, continued: false, text: Buffer.from(line) })
      }
      wake.emit('change')
    },
    react({ lines, exitCode }) {
      for (const line of lines) container.print([line])
      if (exitCode !== undefined) container.end(exitCode)
    },
    end(exitCode, oomKilled = false) {
      if (container.view.state !== 'running') return
      const finishedAt = new Date().toISOString()
      Object.assign(container.view, { state: 'exited', exitCode, oomKilled, finishedAt })
      if (oomKilled) notice(container, 'oom')
      notice(container, 'die')
      wake.emit('change')
    },
    changed: signal => once(wake, 'change', { signal })
  }
  return container
}
