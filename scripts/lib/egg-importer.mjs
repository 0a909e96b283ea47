import { environment } from './environment.mjs'
import { problem } from './problem.mjs'

const MAX_FILES = 25
const MAX_CHARACTERS = 2_000_000

/** Sends eggs to the panel that the options name; undefined when they name none. */
export function eggImporter({ panel, ctrl, key = environment.CAP_API_KEY }) {
  if (panel === undefined && ctrl === undefined) return undefined
  if (!panel || !ctrl || !key) throw problem('To import: --panel URL, --key KEY and --ctrl NAME.')
  if (!URL.canParse(panel)) throw problem(`--panel is a URL, and not ${panel}.`)
  const api = `${panel.replace(/\/$/, '')}/api/v1`

  async function ask(method, path, body) {
    const answer = await fetch(api + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body && { 'content-type': 'application/json' })
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000)
    }).catch(error => {
      throw problem(
        `The panel at ${panel} cannot be reached: ${error.cause?.message ?? error.message}`
      )
    })
    const said = await answer.json().catch(() => ({}))
    if (!answer.ok) throw problem(`The panel says ${answer.status}: ${said.message ?? 'no more'}`)
    return said
  }

  async function findCtrl() {
    const { data } = await ask('GET', `/ctrls?limit=200&search=${encodeURIComponent(ctrl)}`)
    return data.find(({ name }) => name === ctrl) ?? (await ask('POST', '/ctrls', { name: ctrl }))
  }

  return {
    /** Whether all were taken. */
    async send(eggs, say) {
      const { id } = await findCtrl()
      const counts = { created: 0, updated: 0, refused: 0 }
      for (const batch of batchesOf(eggs.filter(({ alt }) => alt))) {
        const files = batch.map(({ path, content }) => ({ name: path.slice(-255), content }))
        const { data } = await ask('POST', `/ctrls/${id}/alts/import-many`, { files })
        for (const { name, outcome, error } of data) {
          counts[outcome] += 1
          if (error) say(`refused  ${name}: ${error.message}`)
        }
      }
      say(
        `\n${ctrl} at ${panel}: ${counts.created} created, ${counts.updated} updated, ${counts.refused} refused`
      )
      return counts.refused === 0
    }
  }
}

function batchesOf(eggs) {
  const batches = []
  let characters = 0
  for (const egg of eggs) {
    const last = batches.at(-1)
    const isFull =
      !last || last.length >= MAX_FILES || characters + egg.content.length > MAX_CHARACTERS
    if (isFull) batches.push([])
    characters = (isFull ? 0 : characters) + egg.content.length
    batches.at(-1).push(egg)
  }
  return batches
}
