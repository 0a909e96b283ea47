import type { EggSource } from './egg-alt.ts'
import { DEFAULT_COMMAND } from './egg-alt.ts'
import { readIcon } from './egg-icon.ts'
import type { EggNotes } from './egg-notes.ts'
import { type RawParts, readTexts } from './egg-parts.ts'
import { type Branch, branchOf, listOf, type Tree, textOf, withoutKeys } from './egg-tree.ts'
import { withoutUndefined } from './egg-variables.ts'
import {
  descriptionWording,
  doneWording,
  type EggImages,
  filesWording,
  imagesWording,
  installWording,
  nameWording,
  stopWording,
  uuidWording,
  wordsToKeep
} from './egg-words.ts'

const knownKeys = [
  ...['_comment', 'meta', 'exported_at', 'name', 'author', 'uuid', 'description', 'icon', 'image'],
  ...['images', 'tags', 'features', 'docker_images', 'file_denylist', 'startup'],
  ...['startup_commands', 'config', 'scripts', 'variables', 'ctrl_alt_play']
]

interface EggFacts {
  raw: RawParts
  images: EggImages
  commands: [string, string][]
  gameImage: string
}

/** What the columns of an alt have no place for. */
export function sourceOfEgg(egg: Branch, facts: EggFacts, notes: EggNotes): EggSource {
  const { raw, images, commands } = facts
  const icon = readIcon(raw.icon, notes)
  return {
    ...optional('author', textOf(egg.author)),
    ...optional('updateUrl', readLink(branchOf(egg.meta).update_url, notes)),
    ...optional('icon', icon.icon),
    ...optionalList('tags', readTexts(egg.tags, 'tags', notes)),
    ...optionalList(
      'fileDenylist',
      listOf(egg.file_denylist).flatMap(line => textOf(line) ?? [])
    ),
    ...(images.length > 1 && { imageLabels: images.map(([label]) => label) }),
    ...(!isUsual(commands) && { startupCommands: commands }),
    ...optionalBranch('words', wordsOf(facts, icon.hidden)),
    ...optionalBranch('unknown', unknownOf(egg, raw))
  }
}

function wordsOf({ raw, gameImage }: EggFacts, icon: string | undefined) {
  return withoutUndefined({
    name: wordsToKeep(nameWording(''), raw.name),
    description: wordsToKeep(descriptionWording(''), raw.description),
    uuid: wordsToKeep(uuidWording, raw.uuid),
    images: wordsToKeep(imagesWording, raw.images),
    files: asText(wordsToKeep(filesWording, raw.files)),
    done: wordsToKeep(doneWording, raw.done),
    stop: wordsToKeep(stopWording, raw.stop),
    install: wordsToKeep(installWording(gameImage), raw.install),
    icon,
    startup: typeof raw.startupConfig === 'string' ? raw.startupConfig : undefined
  })
}

/** An object whose order counts, which a JSON column does not keep. */
function asText(tree: Tree | undefined): string | undefined {
  return tree === undefined ? undefined : JSON.stringify(tree)
}

function unknownOf(egg: Branch, raw: RawParts): Record<string, Branch> {
  const config = branchOf(egg.config)
  const scripts = branchOf(egg.scripts)
  const parts = {
    egg: withoutKeys(egg, knownKeys),
    meta: withoutKeys(branchOf(egg.meta), ['version', 'update_url']),
    config: { ...withoutKeys(config, ['files', 'startup', 'stop', 'logs']), ...raw.logs },
    'config.startup': withoutKeys(branchOf(raw.startupConfig), ['done', 'strip_ansi']),
    scripts: withoutKeys(scripts, ['installation']),
    'scripts.installation': withoutKeys(branchOf(scripts.installation), [
      ...['script', 'container', 'entrypoint']
    ])
  }
  return Object.fromEntries(
    Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0)
  )
}

function isUsual([first, ...others]: [string, string][]): boolean {
  const label = first?.[0] ?? ''
  return others.length === 0 && (label === '' || label === DEFAULT_COMMAND)
}

function readLink(raw: Tree | undefined, notes: EggNotes): string | undefined {
  const text = textOf(raw) ?? ''
  if (text === '') return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (isWeb && url.username === '' && url.password === '' && text.length <= 2_048) return text
  notes.warn('link-dropped', 'meta.update_url', 'is no plain web address: it is left out')
  return undefined
}

function optional<K extends string>(key: K, text: string | undefined) {
  return (text === undefined || text === '' ? {} : { [key]: text }) as { [P in K]?: string }
}

function optionalList<K extends string, T>(key: K, list: T[]) {
  return (list.length === 0 ? {} : { [key]: list }) as { [P in K]?: T[] }
}

function optionalBranch<K extends string, B extends object>(key: K, branch: B) {
  return (Object.keys(branch).length === 0 ? {} : { [key]: branch }) as { [P in K]?: B }
}
