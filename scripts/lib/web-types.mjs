import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { root } from './environment.mjs'
import { problem } from './problem.mjs'

const web = join(root, 'packages/web')

/** Writes down the types of what a running panel says of its API. A test holds them to it. */
export async function writeWebTypes(panelUrl) {
  const answer = await fetch(new URL('/api/docs/json', panelUrl)).catch(error => {
    throw problem(`No panel answers at ${panelUrl}: start one with npm start.`, error)
  })
  await writeFile(join(web, 'src/api/description.ts'), await typesOf(await answer.json()))
}

export async function typesOf(description) {
  const need = createRequire(join(web, 'package.json'))
  const { default: openapi, astToString } = need('openapi-typescript')
  const words =
    "// Made by `node scripts/web-types.mjs` out of the API's description: not to be edited.\n"
  return words + astToString(await openapi(description))
}
