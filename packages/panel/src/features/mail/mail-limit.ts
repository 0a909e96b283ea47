/** So many mails of a kind in a time, for each who sends or gets them; a restart begins anew. */
export interface MailLimit {
  /** Whether there may be one more; if so it counts. */
  take(key: string): boolean
}

const MAX_KEYS = 20_000

export function createMailLimit(
  { max, windowMs }: { max: number; windowMs: number },
  now: () => number = () => performance.now()
): MailLimit {
  const sent = new Map<string, number[]>()
  return {
    take(key) {
      const since = now() - windowMs
      const lately = (sent.get(key) ?? []).filter(at => at > since)
      if (lately.length >= max) return false
      // Whoever was longest without one is forgotten first.
      sent.delete(key)
      sent.set(key, [...lately, now()])
      const oldest = sent.keys().next().value
      if (sent.size > MAX_KEYS && oldest !== undefined) sent.delete(oldest)
      return true
    }
  }
}
