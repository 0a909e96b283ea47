import { readPlainExpression } from '@ctrl-alt-play/protocol'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { type ConfigFile, ConfigFiles, configParsers } from '../eggs/config-files.ts'

/** The signals that may stop a game. */
const stopSignals = [
  'SIGINT',
  'SIGTERM',
  'SIGQUIT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGABRT',
  'SIGKILL'
] as const

const OneLine = (maxLength: number) =>
  Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000-\\u001f\\u007f]+$' })

const graceSeconds = Type.Integer({
  minimum: 1,
  maximum: 600,
  description: 'A game that has not ended by then is killed.'
})
const typed = { type: Type.Literal('command'), value: OneLine(512) }
const sent = {
  type: Type.Literal('signal'),
  value: Type.Union(stopSignals.map(name => Type.Literal(name)))
}

/** A line typed into the game, or a signal to it. */
const StopRule = Type.Union([
  Type.Object({ ...typed, graceSeconds }),
  Type.Object({ ...sent, graceSeconds })
])

const fields = {
  done: Type.Array(OneLine(512), {
    maxItems: 16,
    description:
      'Output that means "ready to play", regex:… an expression of it; none: ready as soon as it is started.'
  }),
  tty: Type.Boolean(),
  readOnlyRoot: Type.Boolean()
}

const ConfigFileBody = Type.Object({
  path: OneLine(1_024),
  parser: Type.Union(configParsers.map(name => Type.Literal(name))),
  createFile: Type.Optional(
    Type.Boolean({ description: 'false: one that is not there is not made.' })
  ),
  find: Type.Array(
    Type.Object({
      match: OneLine(1_024),
      ifValue: Type.Optional(
        Type.String({
          maxLength: 1_024,
          description: 'Only where this stands now; regex:… only what matches of it.'
        })
      ),
      replaceWith: Type.Union([
        Type.String({ maxLength: 8_192, pattern: '^[^\\u0000]*$' }),
        Type.Number(),
        Type.Boolean()
      ])
    }),
    { minItems: 1, maxItems: 256 }
  )
})

const filesDescription =
  "What is put into files of the server before each start, in this order; paths are from the server's folder."

/** How a game says that it is ready, how it is stopped, and what its container needs. */
export const AltConfig = Type.Object({ ...fields, stop: StopRule })
export type AltConfig = Static<typeof AltConfig>

export const AltConfigView = Type.Object({
  ...AltConfig.properties,
  files: Type.Optional(
    Type.Array(ConfigFiles.items, {
      description: `${filesDescription} Only for who keeps the templates.`
    })
  )
})
export type AltConfigView = Static<typeof AltConfigView>

/** The same as callers give it: what they leave out stays, or is as usual. */
export const AltConfigBody = Type.Partial(
  Type.Object({
    ...fields,
    files: Type.Array(ConfigFileBody, {
      maxItems: 64,
      description: `${filesDescription} The whole list.`
    }),
    stop: Type.Union([
      Type.Object({ ...typed, graceSeconds: Type.Optional(graceSeconds) }),
      Type.Object({ ...sent, graceSeconds: Type.Optional(graceSeconds) })
    ])
  })
)

export type AltConfigBody = Static<typeof AltConfigBody>

const standard: AltConfig = {
  done: [],
  stop: { type: 'signal', value: 'SIGTERM', graceSeconds: 30 },
  tty: false,
  readOnlyRoot: false
}

/** An alt's stored config with what it leaves out; a part that makes no sense counts as left out. */
export function readAltConfig(stored: unknown): AltConfig {
  const parts: { [K in keyof AltConfig]?: unknown } = { ...standard, ...objectOf(stored) }
  const done = typeof parts.done === 'string' ? [parts.done] : parts.done
  const stop = { graceSeconds: standard.stop.graceSeconds, ...objectOf(parts.stop) }
  const { properties } = AltConfig
  return {
    done: Value.Check(properties.done, done) ? done : standard.done,
    stop: Value.Check(properties.stop, stop) ? stop : standard.stop,
    tty: parts.tty === true,
    readOnlyRoot: parts.readOnlyRoot === true
  }
}

export function configFilesOf(stored: unknown): ConfigFile[] {
  const { files }: { files?: unknown } = objectOf(stored)
  return Value.Check(ConfigFiles, files) ? files : []
}

/** As it is stored once it is changed; what an import has in it besides stays. */
export function changedConfig(stored: unknown, { files, ...body }: AltConfigBody) {
  return {
    ...objectOf(stored),
    ...readAltConfig({ ...readAltConfig(stored), ...body }),
    ...(files && { files })
  }
}

/** Why nodes could not look for it; undefined when they can. */
export function doneProblem(text: string): string | undefined {
  const read = readPlainExpression(text)
  if (!read || read.ok) return
  return `has an expression that cannot be applied, for ${read.reason}: ${shortly(text)}`
}

function shortly(text: string): string {
  const shown = text.replace(/\p{C}+/gu, ' ')
  return shown.length > 100 ? `${shown.slice(0, 99)}…` : shown
}

function objectOf(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}
