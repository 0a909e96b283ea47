const seconds = since => ((Date.now() - since) / 1000).toFixed(1)

/**
 * Plain progress: a step that takes longer than a second says its name, and how long it took.
 * `say` prints a line of its own.
 */
export function createProgress(write = text => process.stdout.write(text), quietMs = 1000) {
  const say = line => write(`${line}\n`)

  async function step(name, work) {
    const since = Date.now()
    const timer = setTimeout(() => say(`${name} …`), quietMs)
    try {
      const result = await work()
      if (Date.now() - since >= quietMs) say(`${name}: done in ${seconds(since)} s`)
      return result
    } finally {
      clearTimeout(timer)
    }
  }

  return { say, step }
}
