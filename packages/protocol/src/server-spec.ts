import { type Static, Type } from '@sinclair/typebox'
import { Uuid } from './parts.ts'

export const DesiredState = Type.Union([
  Type.Literal('RUNNING'),
  Type.Literal('STOPPED'),
  Type.Literal('ABSENT')
])
export type DesiredState = Static<typeof DesiredState>

/** `command` is typed into the game; `signal` is sent to its first process, e.g. SIGINT. */
export const StopRule = Type.Object({
  type: Type.Union([Type.Literal('command'), Type.Literal('signal')]),
  value: Type.String({ minLength: 1, maxLength: 512 }),
  graceSeconds: Type.Integer({ minimum: 1, maximum: 600 })
})
export type StopRule = Static<typeof StopRule>

export const PublishedPort = Type.Object({
  ip: Type.String({ maxLength: 45 }),
  port: Type.Integer({ minimum: 1, maximum: 65_535 }),
  protocol: Type.Union([Type.Literal('tcp'), Type.Literal('udp')])
})
export type PublishedPort = Static<typeof PublishedPort>

/** `cpuPercent` 100 is one core; 0 means no limit for cpu and disk; `swapMiB` comes on top of memory. */
export const ServerLimits = Type.Object({
  memoryMiB: Type.Integer({ minimum: 16, maximum: 4_194_304 }),
  swapMiB: Type.Integer({ minimum: 0, maximum: 4_194_304 }),
  cpuPercent: Type.Integer({ minimum: 0, maximum: 102_400 }),
  diskMiB: Type.Integer({ minimum: 0, maximum: 1_073_741_824 }),
  pids: Type.Integer({ minimum: 16, maximum: 65_536 })
})
export type ServerLimits = Static<typeof ServerLimits>

/** One thing to put into a config file. Nothing in it is expanded any more. */
export const ConfigEdit = Type.Object({
  /** Where, as the file's parser says it. */
  match: Type.String({ maxLength: 1_024 }),
  /** Only where this stands now; `regex:…`: only what of it matches, and `$1` in the texts is the group, `$$` a `$`. */
  ifValue: Type.Optional(Type.String({ maxLength: 1_024 })),
  /** Of XML: it is the value of this attribute. */
  attribute: Type.Optional(Type.String({ maxLength: 128 })),
  /** Texts one after the other; null is the address at which a game finds its node. */
  value: Type.Union([
    Type.Array(Type.Union([Type.String({ maxLength: 32_768 }), Type.Null()]), { maxItems: 256 }),
    Type.Number(),
    Type.Boolean()
  ])
})
export type ConfigEdit = Static<typeof ConfigEdit>

/** A config file that the agent brings about before each start. */
export const ConfigFile = Type.Object({
  /** From the server's own folder. */
  path: Type.String({ maxLength: 1_024 }),
  /** A node leaves alone what it has no parser for, and says so. */
  parser: Type.String({ maxLength: 64 }),
  createFile: Type.Boolean(),
  edits: Type.Array(ConfigEdit, { maxItems: 256 }),
  /** Why the panel cannot say what belongs into it: it is left alone. */
  problem: Type.Optional(Type.String({ maxLength: 200 }))
})
export type ConfigFile = Static<typeof ConfigFile>

/** Everything a node needs to make a server's container. Ports inside and outside are the same. */
export const ServerSpec = Type.Object({
  image: Type.String({ minLength: 1, maxLength: 512 }),
  /** The container's command; null leaves it to the image, which then expands STARTUP itself. */
  argv: Type.Union([
    Type.Array(Type.String({ maxLength: 8_192 }), { minItems: 1, maxItems: 512 }),
    Type.Null()
  ]),
  environment: Type.Record(
    Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$' }),
    Type.String({ maxLength: 8_192 })
  ),
  tty: Type.Boolean(),
  readOnlyRoot: Type.Boolean(),
  limits: ServerLimits,
  ports: Type.Array(PublishedPort, { maxItems: 256 }),
  /** Output that means "ready to play"; none means ready as soon as started. */
  ready: Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { maxItems: 16 }),
  stop: StopRule,
  /** In this order. A panel of before says none. */
  configFiles: Type.Optional(Type.Array(ConfigFile, { maxItems: 64 }))
})
export type ServerSpec = Static<typeof ServerSpec>

/** What should be true of one server. Of two, the one with the higher generation counts. */
export const WantedServer = Type.Object({
  serverId: Uuid,
  desired: DesiredState,
  /** Grows with every change of what is wanted. */
  generation: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  /** Grows with every start or restart that a person asks for: a run belongs to one of them. */
  restartSeq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  /** Its files were laid down once: a node that misses them now must not begin an empty world. */
  installed: Type.Boolean(),
  spec: ServerSpec
})
export type WantedServer = Static<typeof WantedServer>
