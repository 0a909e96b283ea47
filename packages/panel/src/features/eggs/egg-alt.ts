import type { AltConfig } from '../templates/alt-config.ts'
import type { VariableView } from '../templates/templates.schema.ts'
import type { ConfigFile } from './config-files.ts'
import type { Branch, Tree } from './egg-tree.ts'

/** What an alt's config holds beside what everybody sees of it. */
export interface EggConfig extends AltConfig {
  files?: ConfigFile[]
  /** Colours and the like are taken out of a line before `done` is looked for. */
  stripAnsi?: true
}

/** An alt as the panel stores it, in the words of its columns. */
export interface EggAlt {
  name: string
  description: string
  uuid: string | null
  dockerImage: string
  dockerImages: Record<string, string>
  startup: string
  startupMode: 'ARGV' | 'SHELL_ENV'
  config: EggConfig
  installContainer: string | null
  installEntrypoint: string | null
  installScript: string | null
  features: string[]
  variables: VariableView[]
  source: EggSource
}

/** What the file says beyond the columns; an export says it again. */
export interface EggSource {
  author?: string
  /** Always http or https. */
  updateUrl?: string
  /** A data: URI whose bytes are a PNG, JPEG or WebP picture, as its type says. */
  icon?: string
  tags?: string[]
  fileDenylist?: string[]
  /** In the file's order, which a JSON column does not keep. */
  imageLabels?: string[]
  /** By label; the first is the alt's own. */
  startupCommands?: [label: string, command: string][]
  /** The file's own words for what a column holds less of, or otherwise; those of `files` as JSON. */
  words?: Branch
  /** What nobody here knows, by the object that it stands in. */
  unknown?: Record<string, Branch>
  variables?: { envVariable: string; words?: Branch; unknown?: Branch }[]
  /** Variables whose name a later one takes. */
  hiddenVariables?: Tree[]
}

/** The label of a startup command that has no other name. */
export const DEFAULT_COMMAND = 'Default'

/** How the images of eggs expect to be run; what differs is said by an export of this panel's own. */
export const usual = {
  startupMode: 'SHELL_ENV',
  tty: true,
  readOnlyRoot: true,
  graceSeconds: 30
} as const
