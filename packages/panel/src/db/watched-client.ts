import pg from 'pg'
import { hideRow } from './hide-row.ts'

/** A statement that has ended. Its text has places ($1) for its values, which nobody is told. */
interface EndedStatement {
  text: string
  ms: number
  /** What PostgreSQL or the road to it said against it. */
  error?: Error
}

export type StatementListener = (statement: EndedStatement) => void

type Callback = (error: Error | undefined, result: unknown) => void

/** pg's client, which also tells of each statement once it has ended, and keeps refused rows to itself. */
export function watchedClient(tell: StatementListener): typeof pg.Client {
  const ended = (text: string, sinceMs: number, error?: Error | null): void => {
    hideRow(error)
    tell({ text, ms: performance.now() - sinceMs, ...(error && { error }) })
  }

  return class extends pg.Client {
    // biome-ignore lint/suspicious/noExplicitAny: pg's own types are ten overloads of this
    override query(...args: any[]): any {
      const text = textOf(args[0])
      const run = super.query as (...given: unknown[]) => unknown
      // Cursors and streams tell nobody when they end.
      if (text === undefined) return run.apply(this, args)
      const since = performance.now()
      const callback = args.at(-1)
      if (typeof callback === 'function') {
        const told: Callback = (error, answer) => {
          ended(text, since, error)
          callback(error, answer)
        }
        return run.apply(this, [...args.slice(0, -1), told])
      }
      const result = run.apply(this, args)
      if (result instanceof Promise) {
        result.then(
          () => ended(text, since),
          error => ended(text, since, error)
        )
      }
      return result
    }
  }
}

function textOf(query: unknown): string | undefined {
  if (typeof query === 'string') return query
  if (typeof query !== 'object' || query === null || 'submit' in query) return undefined
  return 'text' in query && typeof query.text === 'string' ? query.text : undefined
}
