/** What the work gives, or undefined after so many ms: it goes on unattended then. */
export async function atMost<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<undefined>(resolve => {
    timer = setTimeout(() => resolve(undefined), ms)
  })
  return Promise.race([work, over]).finally(() => clearTimeout(timer))
}
