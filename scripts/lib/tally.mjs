const seconds = ms => `${(ms / 1000).toFixed(1)} s`

const maxLastWords = 2_000

/** What went wrong, told again at the end: who sees only that has the reason too. */
const lastWords = details => (details ? `\n${details.slice(0, maxLastWords)}` : '')

/** Counts tests and keeps what a person wants to read again at the end. */
export function createTally(say) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const failures = []
  const skips = []

  return {
    pass(count = 1) {
      counts.passed += count
    },
    fail(title, details = '') {
      counts.failed += 1
      failures.push({ title, details })
    },
    skip(title, reason) {
      counts.skipped += 1
      skips.push({ title, reason })
    },
    /** A test that is one program: passes unless the work throws. */
    async measure(title, work) {
      const since = Date.now()
      try {
        await work()
        counts.passed += 1
        say(`ok      ${title} (${seconds(Date.now() - since)})`)
      } catch (error) {
        const details = error.isProblem ? error.message : error.stack
        this.fail(title, details)
        say(`FAILED  ${title} (${seconds(Date.now() - since)})\n${details}`)
      }
    },
    anyFailed: () => counts.failed > 0,
    /** The end of the report; its last line is `N passed, N failed, N skipped`. */
    report() {
      for (const { title, reason } of skips) say(`skipped ${title}: ${reason}`)
      for (const { title, details } of failures) say(`FAILED  ${title}${lastWords(details)}`)
      say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
    }
  }
}
