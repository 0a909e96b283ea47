import { isDeepStrictEqual } from 'node:util'
import { DEFAULT_COMMAND, type EggAlt, usual } from './egg-alt.ts'
import { silent } from './egg-notes.ts'
import { type Branch, branchOf, type Tree } from './egg-tree.ts'
import { withoutUndefined, writeVariables } from './egg-variables.ts'
import {
  descriptionWording,
  doneWording,
  type EggImages,
  filesWording,
  imagesWording,
  installWording,
  nameWording,
  sayAgain,
  stopWording,
  uuidWording
} from './egg-words.ts'
import { writeYaml } from './egg-yaml.ts'

export const exportFormats = ['PTDL_v2', 'PLCN_v3'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** An egg file of an alt: PTDL_v2 is JSON, PLCN_v3 is YAML. */
export function writeEgg(alt: EggAlt, format: ExportFormat, at: Date): string {
  const egg = eggOf(alt, format, at)
  return format === 'PTDL_v2' ? `${JSON.stringify(egg, null, 4)}\n` : writeYaml(egg)
}

/** The egg as data. What its version has no field for is said all the same: others read over it. */
export function eggOf(alt: EggAlt, format: ExportFormat, at: Date): Branch {
  const { source } = alt
  const { unknown = {} } = source
  const isText = format === 'PTDL_v2'
  const words = wordsOf(alt)
  const commands = commandsOf(alt)
  const hasSeveral = source.startupCommands !== undefined
  const said = isText ? toJsonText : (tree: Tree) => tree
  const own = ownOf(alt)
  const startupConfig = branchOf(source.words).startup
  const keepsStartup = typeof startupConfig === 'string' && alt.config.done.length === 0
  const { logs = {}, ...otherConfig } = unknown.config ?? {}
  return {
    _comment: 'Written by Ctrl-Alt-Play.',
    meta: { version: format, update_url: source.updateUrl ?? null, ...unknown.meta },
    exported_at: at.toISOString().replace(/\.\d+Z$/, '+00:00'),
    name: words.name,
    author: source.author ?? '',
    ...(words.uuid !== null && { uuid: words.uuid }),
    description: words.description,
    ...withoutUndefined({ image: source.icon ?? branchOf(source.words).icon }),
    ...((!isText || source.tags) && { tags: source.tags ?? [] }),
    features: isText && alt.features.length === 0 ? null : [...alt.features],
    docker_images: Object.fromEntries(words.images),
    file_denylist: source.fileDenylist ?? [],
    ...(isText && { startup: alt.startup }),
    ...((!isText || hasSeveral) && { startup_commands: Object.fromEntries(commands) }),
    config: {
      files: said(words.files),
      startup: keepsStartup
        ? startupConfig
        : said({
            done: words.done,
            ...(alt.config.stripAnsi && { strip_ansi: true }),
            ...unknown['config.startup']
          }),
      logs: said(logs),
      stop: words.stop,
      ...otherConfig
    },
    scripts: {
      installation: { ...branchOf(words.install), ...unknown['scripts.installation'] },
      ...unknown.scripts
    },
    variables: writeVariables(alt.variables, source, isText),
    ...(own && { ctrl_alt_play: own }),
    ...unknown.egg
  }
}

/** JSON within JSON; a text is one that could not be read, and is said as it was. */
function toJsonText(tree: Tree): Tree {
  return typeof tree === 'string' ? tree : JSON.stringify(tree, null, 4)
}

function wordsOf(alt: EggAlt) {
  const kept = branchOf(alt.source.words)
  const { installContainer: image, installEntrypoint: entrypoint, installScript: script } = alt
  const install = image !== null &&
    script !== null && { image, entrypoint: entrypoint ?? 'bash', script }
  const { type, value } = alt.config.stop
  return {
    name: sayAgain(nameWording(''), alt.name, kept.name),
    description: sayAgain(descriptionWording(''), alt.description, kept.description),
    uuid: sayAgain(uuidWording, alt.uuid, kept.uuid),
    images: sayAgain(imagesWording, imagesOf(alt), kept.images) as [string, Tree][],
    files: sayAgain(filesWording, alt.config.files ?? [], fromText(kept.files)),
    done: sayAgain(doneWording, alt.config.done, kept.done),
    stop: sayAgain(stopWording, { type, value }, kept.stop),
    install: sayAgain(installWording(alt.dockerImage), install || null, kept.install)
  }
}

function fromText(kept: Tree | undefined): Tree | undefined {
  return typeof kept === 'string' ? JSON.parse(kept) : undefined
}

/** In the file's order as far as it is known, and what servers get first. */
function imagesOf({ dockerImage, dockerImages, source }: EggAlt): EggImages {
  const order = source.imageLabels ?? []
  const placeOf = (label: string) => (order.includes(label) ? order.indexOf(label) : order.length)
  const others = Object.entries(dockerImages).sort(([a], [b]) => placeOf(a) - placeOf(b))
  const first = others.find(([, reference]) => reference === dockerImage)
  const hadNoName = order[0] === dockerImage && !Object.hasOwn(dockerImages, dockerImage)
  if (hadNoName || !first) return [[dockerImage, dockerImage], ...others]
  return [first, ...others.filter(pair => pair !== first)]
}

/** The alt's own line is the first, whatever it was in the file. */
function commandsOf({ startup, source }: EggAlt): [string, string][] {
  const [[label] = [DEFAULT_COMMAND], ...others] = source.startupCommands ?? []
  return [[label, startup], ...others]
}

/** What no egg has a word for; undefined when it is all as usual. */
function ownOf({ startupMode, config }: EggAlt): Branch | undefined {
  const { tty, readOnlyRoot, stop } = config
  const { graceSeconds, ...words } = stop
  const isSaid = isDeepStrictEqual(stopWording.read(stopWording.write(words), silent), words)
  const own = {
    ...(startupMode !== usual.startupMode && { startup_mode: startupMode }),
    ...(tty !== usual.tty && { tty }),
    ...(readOnlyRoot !== usual.readOnlyRoot && { read_only_root: readOnlyRoot }),
    ...(graceSeconds !== usual.graceSeconds && { grace_seconds: graceSeconds }),
    ...(!isSaid && { stop: words })
  }
  return Object.keys(own).length > 0 ? own : undefined
}
