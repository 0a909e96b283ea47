import { isDataError } from './write-apart.ts'

interface Waiting<In, Out> {
  item: In
  resolve(result: Out): void
  reject(reason: unknown): void
}

export interface BatcherOptions<In, Out> {
  /** 0: what is asked in the same turn of the event loop, and while the batch before runs. */
  windowMs: number
  /** So many at once, others in the next batch: their answers come in one turn of the event loop. */
  most?: number
  /** Two items of one key never share a batch. */
  keyOf(item: In): string
  /** Answers in the order of the items. */
  run(items: In[]): Promise<Out[]>
}

const MOST = 1_000

/** Collects what is asked within a moment and asks it in one go; one batch after the other. */
export function createBatcher<In, Out>(options: BatcherOptions<In, Out>) {
  const { most = MOST } = options
  let waiting: Waiting<In, Out>[] = []
  let busy = false

  function schedule(): void {
    if (busy || waiting.length === 0) return
    busy = true
    if (options.windowMs === 0) setImmediate(() => void flush())
    else setTimeout(() => void flush(), options.windowMs)
  }

  async function flush(): Promise<void> {
    const batch = new Map<string, Waiting<In, Out>>()
    const later: Waiting<In, Out>[] = []
    for (const entry of waiting) {
      const key = options.keyOf(entry.item)
      if (batch.has(key) || batch.size >= most) later.push(entry)
      else batch.set(key, entry)
    }
    waiting = later
    await answer([...batch.values()])
    busy = false
    schedule()
  }

  async function answer(batch: Waiting<In, Out>[]): Promise<void> {
    try {
      const results = await options.run(batch.map(entry => entry.item))
      for (const [index, entry] of batch.entries()) entry.resolve(results[index] as Out)
    } catch (err) {
      if (batch.length > 1 && isDataError(err)) return answerApart(batch)
      for (const entry of batch) entry.reject(err)
    }
  }

  /** What one says must not keep others from being heard. */
  async function answerApart(batch: Waiting<In, Out>[]): Promise<void> {
    for (const entry of batch) await answer([entry])
  }

  return (item: In): Promise<Out> =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      schedule()
    })
}
