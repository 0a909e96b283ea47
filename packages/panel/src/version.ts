import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { panelFolder } from './folders.ts'

/** The release, as package.json says it. */
export const version: string = JSON.parse(
  readFileSync(join(panelFolder, 'package.json'), 'utf8')
).version
