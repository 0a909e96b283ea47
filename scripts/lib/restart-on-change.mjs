import { existsSync, watch } from 'node:fs'
import { join } from 'node:path'
import { build } from './build-steps.mjs'
import { root } from './environment.mjs'
import { panelScript, startPanel } from './panel.mjs'
import { report } from './problem.mjs'

const settleMs = 200
const sources = { protocol: ['panel', 'agent'], panel: ['panel'], agent: ['agent'] }

/** `npm run dev`: builds after each change and starts again what the change concerns. */
export async function restartOnChange(context, parts, wish) {
  const changed = new Set()
  const state = { timer: undefined, work: Promise.resolve(), ended: false }

  async function apply() {
    const names = new Set([...changed].flatMap(name => sources[name]))
    changed.clear()
    if (state.ended || names.size === 0) return
    try {
      await build(context)
    } catch (error) {
      report(error)
      return
    }
    context.say(`Changed: starting ${[...names].join(' and ')} again.`)
    if (names.has('panel')) await restartPanel()
    if (names.has('agent')) await parts.agent?.restart()
  }

  async function restartPanel() {
    await parts.panel.stop(10_000)
    if (state.ended) return
    parts.panel = startPanel({ ...context, logs: parts.logs })
    parts.owner.note('panel', parts.panel.pid, panelScript)
    await parts.panel.ready().catch(report)
  }

  const watchers = Object.keys(sources)
    .map(name => [name, join(root, 'packages', name, 'src')])
    .filter(([, folder]) => existsSync(folder))
    .map(([name, folder]) =>
      watch(folder, { recursive: true }, (_, file) => {
        if (!file || file.includes('generated')) return
        changed.add(name)
        clearTimeout(state.timer)
        state.timer = setTimeout(() => {
          state.work = state.work.then(apply)
        }, settleMs)
      })
    )
  context.say('Watching the sources of protocol, panel and agent.')
  await wish
  state.ended = true
  clearTimeout(state.timer)
  for (const watcher of watchers) watcher.close()
  await state.work
}
