/** A failure that a person can act on: printed as its sentence, without a stack. */
export const problem = (message, cause) =>
  Object.assign(new Error(message, cause ? { cause } : undefined), { isProblem: true })

/** Prints the failure and returns the exit code that goes with it. */
export function report(error) {
  const text = error?.isProblem ? error.message : (error?.stack ?? String(error))
  process.stderr.write(`${text}\n`)
  return 1
}
