import { statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Tells one file of a container's log from the next. Docker loses or repeats lines for a reader that
 * follows a log while its file is exchanged (seen with 20.10), and says nothing; where the agent may
 * look into the engine's folder, this notices.
 */
export interface LogFiles {
  /** Before the first question. */
  prepare(): Promise<void>
  /** Undefined where the file cannot be seen. */
  identityOf(containerId: string): string | undefined
}

export function createLogFiles(findRoot: () => Promise<string>): LogFiles {
  let root: string | undefined
  return {
    async prepare() {
      root ??= await findRoot()
    },
    identityOf(containerId) {
      if (root === undefined) return
      const file = join(root, 'containers', containerId, 'local-logs', 'container.log')
      try {
        // Synchronous on purpose: it takes microseconds and must come before the lines are used.
        const { ino, birthtimeNs } = statSync(file, { bigint: true })
        return `${ino}:${birthtimeNs}`
      } catch {
        return undefined
      }
    }
  }
}
