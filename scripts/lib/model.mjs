import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installPackages, which, whyNoApt } from './apt.mjs'
import { root } from './environment.mjs'
import { judgeSearch, modelPlan } from './model-plan.mjs'
import { run, runFreely } from './run.mjs'

const atOnce = 2
const isLiveness = new Set(['live', 'kept'])

/** Makes spin and a C compiler available; returns the reason in words when they cannot be had. */
export async function ensureSpin({ step, signal, packagesAllowed }) {
  if (which('spin') && which('gcc')) return undefined
  const obstacle = whyNoApt(packagesAllowed)
  if (obstacle) return `spin and gcc, which check the model, are not here and ${obstacle}`
  try {
    await step('Installing spin and gcc', () =>
      installPackages(['spin', 'gcc', 'libc6-dev'], { signal })
    )
    return undefined
  } catch (error) {
    if (!error.isProblem) throw error
    return error.message
  }
}

/** One search in a folder of its own: { title, ok, reason, states, ms }. */
async function search(one, { timeoutMs, signal }) {
  const since = Date.now()
  const folder = await mkdtemp(join(tmpdir(), 'ctrl-alt-play-model-'))
  const here = { cwd: folder, timeoutMs, signal }
  try {
    const source = join(root, 'model', `${one.model}.pml`)
    const defines = one.defines.map(define => `-D${define}`)
    await run('spin', ['-a', ...defines, source], { ...here, what: `Reading ${source}` })
    // A short search is over before a faster program would have been compiled.
    const effort = one.isLong ? '-O1' : '-O0'
    await run('gcc', [effort, '-DMEMLIM=8000', '-DNFAIR=6', '-o', 'pan', 'pan.c'], {
      ...here,
      what: 'Compiling the model'
    })
    const fairness = isLiveness.has(one.property) ? ['-f'] : []
    const { output } = await runFreely(
      './pan',
      ['-a', ...fairness, '-m1000000', '-N', one.property],
      here
    )
    return { title: one.title, ms: Date.now() - since, ...judgeSearch(one, output) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Runs all searches, two at a time, and hands each result to `onResult`. */
export async function checkModel({ full = false, signal, onResult }) {
  const queue = modelPlan(full)
  const timeoutMs = full ? 1_800_000 : 170_000
  const worker = async () => {
    for (let one = queue.shift(); one; one = queue.shift())
      onResult(await search(one, { timeoutMs, signal }))
  }
  await Promise.all(Array.from({ length: full ? 1 : atOnce }, worker))
}
