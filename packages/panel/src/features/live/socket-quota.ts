/** Sockets of one person at a time, all tabs and programs together. */
const MAX_OF_ONE = 200

/** Counts the open sockets of each person. */
export interface SocketQuota {
  /** Undefined: there are too many; else what gives the place back. */
  take(userId: string): (() => void) | undefined
}

export function createSocketQuota(max = MAX_OF_ONE): SocketQuota {
  const open = new Map<string, number>()
  return {
    take(userId) {
      const count = open.get(userId) ?? 0
      if (count >= max) return undefined
      open.set(userId, count + 1)
      return () => {
        const left = (open.get(userId) ?? 1) - 1
        if (left > 0) open.set(userId, left)
        else open.delete(userId)
      }
    }
  }
}
