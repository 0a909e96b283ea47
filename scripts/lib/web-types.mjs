import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './environment.mjs'
import { problem } from './problem.mjs'

const file = join(root, 'packages/web/src/api/description.ts')
const head =
  "// Made by `node scripts/web-types.mjs` out of the API's description: not to be edited.\n"

/** Writes down the types of what a running panel says of its API; the web pages know nothing else of it. */
export async function writeWebTypes(panelUrl) {
  await writeFile(file, await typesOf(panelUrl))
}

export async function checkWebTypes(panelUrl) {
  if ((await readFile(file, 'utf8')) === (await typesOf(panelUrl))) return
  throw problem(
    'The web pages know another API than this: npm start, then node scripts/web-types.mjs URL.'
  )
}

async function typesOf(panelUrl) {
  const answer = await fetch(new URL('/api/docs/json', panelUrl)).catch(error => {
    throw problem(`No panel answers at ${panelUrl}: start one with npm start.`, error)
  })
  const { default: openapi, astToString } = await import('openapi-typescript')
  return head + astToString(await openapi(await answer.json()))
}
