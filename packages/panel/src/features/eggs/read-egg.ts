import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { environmentNames } from '../servers/environment.ts'
import { startupProblems } from '../servers/startup.ts'
import { AltConfig } from '../templates/alt-config.ts'
import { checkEdits } from './config-files.ts'
import { DEFAULT_COMMAND, type EggAlt, usual } from './egg-alt.ts'
import { type EggNotes, type EggProblem, type EggWarning, takeNotes } from './egg-notes.ts'
import { rawPartsOf, readTexts } from './egg-parts.ts'
import { sourceOfEgg } from './egg-source.ts'
import {
  type Branch,
  branchOf,
  eggLimits,
  isBranch,
  readJson,
  type Tree,
  type TreeResult,
  textOf
} from './egg-tree.ts'
import { readVariables } from './egg-variables.ts'
import {
  descriptionWording,
  doneWording,
  type EggImages,
  type EggInstall,
  filesWording,
  imagesWording,
  installWording,
  nameWording,
  stopWording,
  uuidWording
} from './egg-words.ts'
import { readYaml } from './egg-yaml.ts'

const eggVersions = ['PTDL_v1', 'PTDL_v2', 'PLCN_v1', 'PLCN_v2', 'PLCN_v3'] as const
type EggVersion = (typeof eggVersions)[number]

export type EggRead =
  | { ok: true; version: EggVersion; alt: EggAlt; warnings: EggWarning[] }
  | ({ ok: false } & EggProblem)

const MAX_WARNINGS = 200
const MAX_STARTUP = 8_192
const MAX_COMMANDS = 64
const MAX_SCRIPT = 65_536
const MAX_IMAGES = 64
const knownFeatures = ['eula', 'java_version', 'pid_limit', 'steam_disk_space', 'gsl_token']
/** Reads the text of an egg file, JSON or YAML, of any of the five versions. */
export function readEgg(text: string): EggRead {
  const { notes, warnings, problems } = takeNotes()
  const read = readText(text, notes)
  if (!read.ok) return { ok: false, place: 'egg', message: read.message }
  const version = versionOf(read.tree, notes)
  const alt = version && isBranch(read.tree) && readAlt(read.tree, notes)
  const [problem] = problems
  if (problem) return { ok: false, ...problem }
  if (!version || !alt) return { ok: false, place: 'egg', message: 'is no egg' }
  return { ok: true, version, alt, warnings: atMost(MAX_WARNINGS, warnings) }
}

function atMost(count: number, warnings: EggWarning[]): EggWarning[] {
  const more = warnings.length - count
  if (more <= 0) return warnings
  const message = `gives ${more} more warnings, which are left out here`
  return [...warnings.slice(0, count), { kind: 'warnings-cut', place: 'egg', message }]
}

/** JSON is YAML too, nearly: what JSON's readers refuse for a comma too many is often still meant well. */
function readText(text: string, notes: EggNotes): TreeResult {
  if (Buffer.byteLength(text) > eggLimits.bytes) {
    return { ok: false, message: `is larger than ${eggLimits.bytes / 1_024} KiB` }
  }
  if (text.includes('\0')) return { ok: false, message: 'holds the character NUL' }
  const plain = text.replace(/^\uFEFF/, '')
  if (!/^\s*[{[]/.test(plain)) return readYaml(plain)
  const json = readJson(plain)
  if (json.ok || !json.message.startsWith('is no JSON')) return json
  const yaml = readYaml(plain)
  if (!yaml.ok) return json
  notes.warn('json-mended', 'egg', `${json.message}; read as YAML it can be understood`)
  return yaml
}

function versionOf(tree: Tree, notes: EggNotes): EggVersion | undefined {
  const said = textOf(branchOf(branchOf(tree).meta).version)
  const version = eggVersions.find(known => known === said)
  if (said === undefined) notes.refuse('meta.version', 'is missing: this is no egg')
  else if (!version) notes.refuse('meta.version', `is none of ${eggVersions.join(', ')}`)
  return version
}

function readAlt(egg: Branch, notes: EggNotes): EggAlt {
  const raw = rawPartsOf(egg)
  if (typeof raw.startupConfig === 'string') {
    notes.warn('config-unreadable', 'config.startup', 'is no JSON')
  }
  const name = nameWording('name').read(raw.name, notes)
  if (name === '') notes.refuse('name', 'is missing')
  const images = readImages(raw.images, notes)
  const gameImage = images[0]?.[1] ?? ''
  const commands = readCommands(egg, notes)
  const startup = commands[0]?.[1] ?? ''
  const install = readInstall(raw.install, gameImage, notes)
  const files = filesWording.read(raw.files, notes)
  const read = readVariables(egg.variables, notes)
  const names = environmentNames(read.variables.map(one => one.envVariable))
  checkEdits(files, names, notes)
  const { startupMode, ...own } = readOwn(egg.ctrl_alt_play, raw.stop, notes)
  if (startupMode === 'ARGV') checkArguments(startup, names, notes)
  return {
    name,
    description: descriptionWording('description').read(raw.description, notes),
    uuid: uuidWording.read(raw.uuid, notes),
    dockerImage: gameImage,
    dockerImages: Object.fromEntries(isNamed(images) ? images : images.slice(1)),
    startup,
    startupMode,
    config: {
      ...own,
      done: doneWording.read(raw.done, notes),
      ...(files.length > 0 && { files }),
      ...(raw.stripAnsi && { stripAnsi: true })
    },
    installContainer: install?.image ?? null,
    installEntrypoint: install?.entrypoint ?? null,
    installScript: install?.script ?? null,
    features: readFeatures(egg.features, notes),
    variables: read.variables,
    source: {
      ...sourceOfEgg(egg, { raw, images, commands, gameImage }, notes),
      ...(read.sources.length > 0 && { variables: read.sources }),
      ...(read.hidden.length > 0 && { hiddenVariables: read.hidden })
    }
  }
}

/** The label of the first image is often the image itself, which says nothing. */
function isNamed([first]: EggImages): boolean {
  return first !== undefined && first[0] !== first[1]
}

function readImages(pairs: Tree[], notes: EggNotes): EggImages {
  if (pairs.length > MAX_IMAGES) notes.refuse('docker_images', `are more than ${MAX_IMAGES}`)
  const images = imagesWording.read(pairs, notes)
  if (images.length === 0) notes.refuse('docker_images', 'name no image that could be run')
  return images
}

function readInstall(raw: Tree, gameImage: string, notes: EggNotes): EggInstall | null {
  const install = installWording(gameImage).read(raw, notes)
  if (install && install.script.length > MAX_SCRIPT) {
    notes.refuse('scripts.installation.script', `is longer than ${MAX_SCRIPT} characters`)
  }
  return install
}

function readCommands(egg: Branch, notes: EggNotes): [string, string][] {
  const several = Object.entries(branchOf(egg.startup_commands)).flatMap(
    ([label, command]): [string, string][] => {
      const text = textOf(command) ?? ''
      return text === '' ? [] : [[label, text]]
    }
  )
  const single = textOf(egg.startup) ?? ''
  const commands = several.length > 0 ? several : [[DEFAULT_COMMAND, single] as [string, string]]
  if (commands.length > MAX_COMMANDS) {
    notes.refuse('startup_commands', `are more than ${MAX_COMMANDS}`)
  }
  for (const [label, command] of commands) {
    const place = several.length > 0 ? `startup_commands.${label}` : 'startup'
    if (command.length > MAX_STARTUP) {
      notes.refuse(place, `is longer than ${MAX_STARTUP} characters`)
    }
    if (command.trim() === '') notes.warn('startup-missing', place, 'is empty: nothing is started')
  }
  return commands
}

function readFeatures(raw: Tree | undefined, notes: EggNotes): string[] {
  const features = readTexts(raw, 'features', notes)
  for (const feature of features.filter(name => !knownFeatures.includes(name))) {
    notes.warn('feature-unknown', 'features', `has one that the panel does not know: ${feature}`)
  }
  return features
}

const Own = Type.Partial(
  Type.Object(
    {
      startup_mode: Type.Union([Type.Literal('ARGV'), Type.Literal('SHELL_ENV')]),
      tty: Type.Boolean(),
      read_only_root: Type.Boolean(),
      grace_seconds: Type.Integer(),
      stop: Type.Object({ type: Type.String(), value: Type.String() })
    },
    { additionalProperties: false }
  )
)
const { stop: StopRule } = AltConfig.properties

/** What only this panel's own exports say. */
function readOwn(raw: Tree | undefined, stop: Tree, notes: EggNotes) {
  const words = stopWording.read(stop, notes)
  const isOwn = raw !== undefined && Value.Check(Own, raw)
  const own = isOwn ? raw : {}
  const graceSeconds = own.grace_seconds ?? usual.graceSeconds
  const said: unknown = { ...words, ...own.stop, graceSeconds }
  const isStop = Value.Check(StopRule, said)
  if (raw !== undefined && !(isOwn && isStop)) {
    notes.warn('extension-ignored', 'ctrl_alt_play', 'is not as this panel writes it')
  }
  const { startup_mode: startupMode = usual.startupMode, tty = usual.tty } = own
  const { read_only_root: readOnlyRoot = usual.readOnlyRoot } = own
  const plain = { ...words, graceSeconds: usual.graceSeconds } as AltConfig['stop']
  return { startupMode, tty, readOnlyRoot, stop: isStop ? said : plain }
}

/** Only an own export has a line that no shell sees: such a one has to be as the API takes it. */
function checkArguments(startup: string, names: ReadonlySet<string>, notes: EggNotes): void {
  for (const problem of startupProblems(startup, names)) notes.refuse('startup', problem)
}
