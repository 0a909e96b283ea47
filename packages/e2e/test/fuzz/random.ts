/** Chance that comes again: the same seed gives the same run. */
export interface Random {
  /** An integer from 0 to one less. */
  below(bound: number): number
  pick<T>(list: readonly T[]): T
  /** True once in so many times. */
  oneIn(times: number): boolean
  bytes(length: number): Buffer
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0

  /** mulberry32 */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }

  const below = (bound: number): number => next() % bound
  return {
    below,
    pick(list) {
      const picked = list[below(list.length)]
      if (picked === undefined) throw new Error('nothing to pick from')
      return picked
    },
    oneIn: times => below(times) === 0,
    bytes: length => Buffer.from(Array.from({ length }, () => below(256)))
  }
}
