import { readInner } from './config-files.ts'
import type { EggNotes } from './egg-notes.ts'
import { type Branch, branchOf, isBranch, listOf, type Tree, textOf } from './egg-tree.ts'
import { installTexts } from './egg-words.ts'

/** The parts of an egg, each in one shape whatever version says them. */
export function rawPartsOf(egg: Branch) {
  const config = branchOf(egg.config)
  const startupConfig = readInner(config.startup)
  const { done, strip_ansi: stripAnsi } = branchOf(startupConfig)
  return {
    name: egg.name ?? '',
    description: egg.description ?? '',
    uuid: egg.uuid ?? null,
    images: pairsOfImages(egg),
    icon: egg.icon ?? iconOf(egg.image),
    files: filesOf(config.files),
    /** A text: it is no JSON. */
    startupConfig,
    done: singleOf(done),
    stripAnsi: stripAnsi === true,
    stop: textOf(config.stop) ?? '',
    logs: logsOf(config.logs),
    install: installTexts(branchOf(egg.scripts).installation)
  }
}

export type RawParts = ReturnType<typeof rawPartsOf>

/** PTDL_v1 has one image or a list of them. */
function pairsOfImages(egg: Branch): Tree[] {
  const said = egg.docker_images ?? egg.images ?? (iconOf(egg.image) ? undefined : egg.image)
  if (isBranch(said)) return Object.entries(said)
  const labelled = listOf(said)
    .map(reference => [textOf(reference)?.trim() ?? '', reference] as const)
    .filter(([label]) => label !== '__proto__')
  return Object.entries(Object.fromEntries(labelled))
}

/** What is no image of a container: PTDL_v1 has that under the same name. */
function iconOf(image: Tree | undefined): Tree | undefined {
  return typeof image === 'string' && /^\s*(data|https?|javascript):/i.test(image)
    ? image
    : undefined
}

/** A list, or nothing, where PHP says []. */
function filesOf(raw: Tree | undefined): Tree {
  const inner = readInner(raw)
  return Array.isArray(inner) && inner.length === 0 ? {} : inner
}

function singleOf(done: Tree | undefined): Tree {
  const said = listOf(done)
  const [only = ''] = said
  return said.length < 2 && textOf(only) !== undefined ? only : said
}

/** Nobody reads them any more: they are kept when they say anything at all. */
function logsOf(raw: Tree | undefined): Branch {
  const logs = readInner(raw)
  return typeof logs === 'object' && listOf(logs).length === 0 ? {} : { logs }
}

const MAX_LIST = 64

export function readTexts(raw: Tree | undefined, place: string, notes: EggNotes): string[] {
  const texts = listOf(raw).flatMap(part => textOf(part) ?? [])
  if (texts.length > MAX_LIST || texts.some(text => text.length > 64)) {
    notes.refuse(place, `has more than ${MAX_LIST} entries, or one longer than 64 characters`)
  }
  return texts
}
