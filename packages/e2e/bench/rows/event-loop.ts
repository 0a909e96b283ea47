import type { World } from '../../test/world/world.ts'

/** The panel's longest event-loop delay since this was last asked, as it tells Prometheus. */
export async function takeLongestDelayMs(world: World): Promise<number> {
  const answer = await fetch(`${world.url}/metrics`, { signal: AbortSignal.timeout(30_000) })
  const [, seconds] = /^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(await answer.text()) ?? []
  return Number(seconds) * 1_000
}
