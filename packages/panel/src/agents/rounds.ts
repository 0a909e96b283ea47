import { closeCodes } from '@ctrl-alt-play/protocol'
import type pg from 'pg'
import { writeSamples } from './metrics.repo.ts'
import type { SessionServices } from './session-services.ts'
import { heartbeatSeconds, SLEPT_MS } from './timing.ts'
import type { TwinDetector } from './twins.ts'

/** What the link does again and again, each kind by itself and never twice at once. */
export interface Rounds {
  tick(): Promise<void>
  sweep(): Promise<void>
  start(): void
  stop(): Promise<void>
}

export function createRounds(options: {
  services: SessionServices
  twins: TwinDetector
  pool: pg.Pool
  trimLogs(): Promise<void>
}): Rounds {
  const { services, twins, pool, trimLogs } = options
  const { registry, heartbeats, liveness, facts, keys, outbox, timing, now, log } = services
  const timers: NodeJS.Timeout[] = []
  const running = new Set<Promise<void>>()
  let pace = heartbeatSeconds(0)
  let tickedAt = now()

  /** Waits for nothing: sessions are pinged and deadlines pass while the database does not answer. */
  function pulse(): void {
    const nowMs = now()
    const sinceMs = nowMs - tickedAt
    const hasSlept = sinceMs > SLEPT_MS
    tickedAt = nowMs
    if (hasSlept) liveness.slept(sinceMs)
    for (const session of registry.all()) {
      if (hasSlept) session.hear()
      else session.tick(nowMs)
    }
    twins.forget(nowMs)
    facts.forget()
    tellPace()
  }

  /** In this order: a sign of life that was written late must not hide a silence that was judged since. */
  async function writeLife(): Promise<void> {
    await heartbeats.flush()
    await liveness.tick()
  }

  async function tick(): Promise<void> {
    pulse()
    await writeLife()
  }

  /** A fleet that has grown beats slower. */
  function tellPace(): void {
    const seconds = heartbeatSeconds(registry.count())
    if (Math.abs(seconds - pace) < pace / 5) return
    pace = seconds
    for (const session of registry.all()) session.wire.send('pace', { heartbeatSeconds: seconds })
  }

  async function endRevoked(): Promise<void> {
    const revoked = new Set(await keys.revokedLately())
    for (const session of registry.all()) {
      if (revoked.has(session.kid)) session.end(closeCodes.revoked, 'this key was revoked')
    }
  }

  async function sweep(): Promise<void> {
    await endRevoked()
    await outbox.sweep()
  }

  /** Begins the round, unless the one before still runs. */
  function roundOf(name: string, round: () => Promise<void>): () => void {
    let current: Promise<void> | undefined
    return () => {
      if (current) return
      const begun = round()
        .catch(err => log.warn({ err }, `${name} failed; the next round tries again`))
        .finally(() => {
          current = undefined
          running.delete(begun)
        })
      current = begun
      running.add(begun)
    }
  }

  function every(ms: number, ...rounds: (() => void)[]): void {
    const timer = setInterval(() => {
      for (const begin of rounds) begin()
    }, ms)
    timer.unref()
    timers.push(timer)
  }

  return {
    tick,
    sweep,
    start() {
      // The pulse comes first: it alone notices that the panel slept, before anybody is judged.
      every(timing.tickMs, pulse, roundOf('the round of signs of life', writeLife))
      every(
        timing.sweepMs,
        roundOf('ending revoked sessions', endRevoked),
        roundOf('the round of commands', outbox.sweep)
      )
      every(
        timing.metricsMs,
        roundOf('writing samples', () => writeSamples(pool, facts.samples()))
      )
      every(timing.retentionMs, roundOf('trimming consoles', trimLogs))
    },
    async stop() {
      for (const timer of timers) clearInterval(timer)
      await Promise.all(running)
    }
  }
}
