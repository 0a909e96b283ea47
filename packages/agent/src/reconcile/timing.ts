/** How long the agent waits for what, and how often it tries; tests hand in shorter ones. */
export interface Timing {
  /** Docker is asked for everything it has so often, whatever its events say. */
  relistMs: number
  /** Docker's events are asked for again so long after they broke off. */
  eventsRetryMs: number
  listTimeoutMs: number
  stepTimeoutMs: number
  /** Before an exit is judged, what Docker says about it has so long to arrive. */
  judgeAfterMs: number
  /** The longest that the judgement on a killed game waits for its reason. */
  explainWithinMs: number
  /** Games that may be starting at once; others wait their turn. */
  startsAtOnce: number
  /** A start gives up its place when its game is ready, at the latest after this. */
  startHoldsPlaceMs: number
  pullsAtOnce: number
  /** The wait after a first crash; it doubles with each further one. */
  firstRestartMs: number
  lastRestartMs: number
  /** A run of this length makes earlier crashes forgotten. */
  steadyRunMs: number
  /** After a game was stopped outside, failed starts do not count for so long. */
  forgiveMs: number
  /** So many crashes in a row are a loop: then a person must look. */
  crashesOfLoop: number
  /** After a failed stop, removal or deletion. */
  firstRetryMs: number
  lastRetryMs: number
  /** What is wanted and could not be written is tried again so often. */
  wantedRetryMs: number
  /** How long a game may take to say that it is ready, for a command that waits for it. */
  readyTimeoutMs: number
  /** How long a command waits for a Docker that does not answer. */
  enginePatienceMs: number
  /** How long a stop waits behind a start whose game is not ready yet. */
  yieldAfterMs: number
  /** The longest a container's log may take to be read to its end before the container goes. */
  drainTimeoutMs: number
  progressEveryMs: number
  progressAtLeastMs: number
}

export const defaultTiming: Timing = {
  relistMs: 10_000,
  eventsRetryMs: 1_000,
  listTimeoutMs: 20_000,
  stepTimeoutMs: 120_000,
  judgeAfterMs: 100,
  explainWithinMs: 1_000,
  startsAtOnce: 4,
  startHoldsPlaceMs: 60_000,
  pullsAtOnce: 2,
  firstRestartMs: 10_000,
  lastRestartMs: 300_000,
  steadyRunMs: 600_000,
  forgiveMs: 60_000,
  crashesOfLoop: 5,
  firstRetryMs: 1_000,
  lastRetryMs: 60_000,
  wantedRetryMs: 10_000,
  readyTimeoutMs: 600_000,
  enginePatienceMs: 30_000,
  yieldAfterMs: 5_000,
  drainTimeoutMs: 15_000,
  progressEveryMs: 500,
  progressAtLeastMs: 15_000
}

/** The wait before try number `count + 1`, from `firstMs` doubling to `lastMs`. */
export function doubling(count: number, firstMs: number, lastMs: number): number {
  return Math.min(lastMs, firstMs * 2 ** Math.max(0, count - 1))
}
