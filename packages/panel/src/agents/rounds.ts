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

  async function tick(): Promise<void> {
    const nowMs = now()
    const hasSlept = nowMs - tickedAt > SLEPT_MS
    tickedAt = nowMs
    for (const session of registry.all()) {
      if (hasSlept) session.hear()
      else session.tick(nowMs)
    }
    twins.forget(nowMs)
    facts.forget()
    tellPace()
    await heartbeats.flush()
    await liveness.tick()
  }

  /** A fleet that has grown beats slower. */
  function tellPace(): void {
    const seconds = heartbeatSeconds(registry.count())
    if (Math.abs(seconds - pace) < pace / 5) return
    pace = seconds
    for (const session of registry.all()) session.wire.send('pace', { heartbeatSeconds: seconds })
  }

  async function sweep(): Promise<void> {
    const revoked = new Set(await keys.revokedLately())
    for (const session of registry.all()) {
      if (revoked.has(session.kid)) session.end(closeCodes.revoked, 'this key was revoked')
    }
    await outbox.sweep()
  }

  function repeat(name: string, everyMs: number, round: () => Promise<void>): void {
    let current: Promise<void> | undefined
    const timer = setInterval(() => {
      if (current) return
      const begun = round()
        .catch(err => log.warn({ err }, `${name} failed; the next round tries again`))
        .finally(() => {
          current = undefined
          running.delete(begun)
        })
      current = begun
      running.add(begun)
    }, everyMs)
    timer.unref()
    timers.push(timer)
  }

  return {
    tick,
    sweep,
    start() {
      repeat('the round of signs of life', timing.tickMs, tick)
      repeat('the round of commands', timing.sweepMs, sweep)
      repeat('writing samples', timing.metricsMs, () => writeSamples(pool, facts.samples()))
      repeat('trimming consoles', timing.retentionMs, trimLogs)
    },
    async stop() {
      for (const timer of timers) clearInterval(timer)
      await Promise.all(running)
    }
  }
}
