import type { EngineInfo } from '@ctrl-alt-play/protocol'
import type { Driver } from '../runtime/driver.ts'

export interface EngineView {
  docker: EngineInfo | null
  dockerProblem: string | null
}

const KEEP_MS = 30_000
/** A missing engine is asked for more often: someone may be starting it. */
const KEEP_PROBLEM_MS = 5_000

/** What is known of the engine, asked seldom and, after the first time, without anybody waiting. */
export function createEngineWatch(
  driver: Pick<Driver, 'info'>,
  now: () => number = () => performance.now()
): () => Promise<EngineView> {
  let known: EngineView | undefined
  let askedAt = 0
  let asking: Promise<EngineView> | undefined

  async function ask(): Promise<EngineView> {
    try {
      known = { docker: await driver.info(), dockerProblem: null }
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      known = { docker: null, dockerProblem: text.slice(0, 2_000) }
    }
    askedAt = now()
    return known
  }

  return async () => {
    const keepMs = known?.docker ? KEEP_MS : KEEP_PROBLEM_MS
    if (known && now() - askedAt < keepMs) return known
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return known ?? (await asking)
  }
}
