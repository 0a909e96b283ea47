import { type Cluster, removeRemains } from './cluster.ts'
import { launch } from './launch.ts'
import { isPostgresOf, readPostmaster } from './process.ts'

const WATCH_MS = 1_000
const MAX_PAUSE_ROUNDS = 30

/** Starts the server again on its port when it died; gives back what ends the watch. */
export function keepRunning(cluster: Cluster, port: number): () => Promise<void> {
  let pauseRounds = 0
  let failures = 0
  let work: Promise<void> | undefined

  async function look(): Promise<void> {
    const postmaster = await readPostmaster(cluster.dataDir)
    if (postmaster && (await isPostgresOf(cluster.dataDir, postmaster.pid))) return
    cluster.log.warn({ port }, 'the database ended by itself: starting it again')
    try {
      await removeRemains(cluster)
      if (!(await launch(cluster, port))) throw new Error(`Port ${port} is taken.`)
      failures = 0
    } catch (err) {
      failures += 1
      pauseRounds = Math.min(2 ** failures, MAX_PAUSE_ROUNDS)
      cluster.log.error({ err }, 'the database did not start again')
    }
  }

  const timer = setInterval(() => {
    pauseRounds -= 1
    if (work !== undefined || pauseRounds >= 0) return
    work = look().finally(() => {
      work = undefined
    })
  }, WATCH_MS)
  timer.unref()

  return async () => {
    clearInterval(timer)
    await work
  }
}
