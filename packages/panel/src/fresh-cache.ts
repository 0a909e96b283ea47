export interface FreshCache<V> {
  get(key: string): Promise<V>
  /** Whether a value is at hand. */
  has(key: string): boolean
  forget(key: string): void
  /** Forgets what fits, also what is being loaded: the next `get` asks anew. */
  drop(fits?: (key: string, value: V | undefined) => boolean): void
}

interface Entry<V> {
  loaded: Promise<V>
  value: V | undefined
  until: number
}

/** Holds what `load` answered for a few seconds; callers at the same time share one load. */
export function createFreshCache<V>(options: {
  load: (key: string) => Promise<V>
  ttlMs: number
  max: number
  now?: () => number
}): FreshCache<V> {
  const { load, ttlMs, max, now = () => performance.now() } = options
  const entries = new Map<string, Entry<V>>()

  function add(key: string): Entry<V> {
    const entry: Entry<V> = { loaded: load(key), value: undefined, until: now() + ttlMs }
    entry.loaded.then(
      value => {
        entry.value = value
      },
      () => {
        if (entries.get(key) === entry) entries.delete(key)
      }
    )
    entries.delete(key)
    const oldest = entries.keys().next().value
    if (entries.size >= max && oldest !== undefined) entries.delete(oldest)
    entries.set(key, entry)
    return entry
  }

  function fresh(key: string): Entry<V> | undefined {
    const entry = entries.get(key)
    return entry && entry.until > now() ? entry : undefined
  }

  return {
    get: key => (fresh(key) ?? add(key)).loaded,
    has: key => fresh(key) !== undefined,
    forget: key => void entries.delete(key),
    drop(fits) {
      for (const [key, entry] of entries) {
        if (!fits || fits(key, entry.value)) entries.delete(key)
      }
    }
  }
}
