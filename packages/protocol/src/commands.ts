import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { limits } from './limits.ts'
import { Sentence, Uuid } from './parts.ts'
import { WantedServer } from './server-spec.ts'

const Power = Type.Object({ wanted: WantedServer })

/** Runs once in `image` as `[entrypoint, /mnt/install/install.sh]`, the server's files at /mnt/server. */
export const InstallScript = Type.Object({
  image: Type.String({ minLength: 1, maxLength: 512 }),
  entrypoint: Type.String({ minLength: 1, maxLength: 256 }),
  script: Type.String({ maxLength: 131_072 })
})
export type InstallScript = Static<typeof InstallScript>

const Install = Type.Object({
  wanted: WantedServer,
  /** Null: nothing to run, the folder and the image are all it needs. */
  script: Type.Union([InstallScript, Type.Null()]),
  /** Delete the server's files first. */
  wipe: Type.Boolean()
})

/**
 * What an agent does once and answers for: durable on both ends. The payload carries what should be
 * true afterwards, so that doing it twice is harmless; only `install` and `reinstall` may not repeat.
 */
export const commandPayloads = {
  start: Power,
  stop: Power,
  restart: Power,
  kill: Power,
  install: Install,
  reinstall: Install,
  delete: Type.Object({ wanted: WantedServer })
} satisfies Record<string, TSchema>

export type CommandKind = keyof typeof commandPayloads
export type CommandPayload<K extends CommandKind> = Static<(typeof commandPayloads)[K]>
export type PowerKind = 'start' | 'stop' | 'restart' | 'kill'

/** What becomes of a command that was STARTED when its agent died: look at the world again, or admit not to know. */
export const recoveryOf: Record<CommandKind, 'inspect' | 'unknown'> = {
  start: 'inspect',
  stop: 'inspect',
  restart: 'inspect',
  kill: 'inspect',
  delete: 'inspect',
  install: 'unknown',
  reinstall: 'unknown'
}

/** Commands of one lane of one server run one after the other, in the order the API accepted them. */
export const laneOf: Record<CommandKind, 'power'> = {
  start: 'power',
  stop: 'power',
  restart: 'power',
  kill: 'power',
  install: 'power',
  reinstall: 'power',
  delete: 'power'
}

export function isCommandKind(kind: string): kind is CommandKind {
  return Object.hasOwn(commandPayloads, kind)
}

export const CommandOutcome = Type.Object({
  status: Type.Union([
    Type.Literal('SUCCEEDED'),
    Type.Literal('FAILED'),
    Type.Literal('UNKNOWN'),
    Type.Literal('CANCELLED')
  ]),
  errorCode: Type.Optional(Type.String({ pattern: '^[A-Z_]{1,64}$' })),
  /** In words for people. */
  message: Type.Optional(Sentence),
  result: Type.Optional(Type.Record(Type.String({ maxLength: 64 }), Type.Unknown()))
})
export type CommandOutcome = Static<typeof CommandOutcome>

export const CommandProgress = Type.Object({
  phase: Type.Union([
    Type.Literal('PULLING'),
    Type.Literal('INSTALLING'),
    Type.Literal('CREATING'),
    Type.Literal('STARTING'),
    Type.Literal('WAITING_FOR_READY'),
    Type.Literal('STOPPING'),
    Type.Literal('WAITING_IN_LINE'),
    Type.Literal('DELETING')
  ]),
  percent: Type.Optional(Type.Number({ minimum: 0, maximum: 100 })),
  message: Type.Optional(Sentence)
})
export type CommandProgress = Static<typeof CommandProgress>

/** Questions with an answer, without a row: they fail at once when the node is away and are never repeated. */
export const calls = {
  'console.input': {
    params: Type.Object({
      serverId: Uuid,
      line: Type.String({ maxLength: limits.inputLineBytes, pattern: '^[^\\r\\n\\u0000]*$' })
    }),
    result: Type.Object({})
  }
} satisfies Record<string, { params: TSchema; result: TSchema }>

export type CallName = keyof typeof calls
export type CallParams<K extends CallName> = Static<(typeof calls)[K]['params']>
export type CallResult<K extends CallName> = Static<(typeof calls)[K]['result']>

/** One handler for each call. Leaving one out does not compile. */
export type CallHandlers = { [K in CallName]: (params: CallParams<K>) => Promise<CallResult<K>> }

export function isCallName(name: string): name is CallName {
  return Object.hasOwn(calls, name)
}
