import { randomUUID } from 'node:crypto'
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler'
import type { Catalog, Message } from './catalog.ts'
import { isDeeperThan } from './json-depth.ts'
import { limits } from './limits.ts'
import { PROTOCOL_VERSION } from './version.ts'

const Envelope = TypeCompiler.Compile(
  Type.Object({
    v: Type.Integer(),
    id: Type.String({ minLength: 1, maxLength: 64 }),
    type: Type.String({ maxLength: 64 }),
    must: Type.Optional(Type.Boolean()),
    body: Type.Unknown()
  })
)

/** A type that we do not know is `ignored` when its sender says that we may, else `refused`. */
export type Decoded<T> =
  | { kind: 'message'; message: T }
  | { kind: 'ignored'; type: string }
  | { kind: 'refused'; reason: string }

export interface Codec<Out extends Catalog, In extends Catalog> {
  encode<K extends keyof Out & string>(type: K, body: Static<Out[K]>, id?: string): string
  decode(text: string): Decoded<Message<In>>
}

/** A codec for one end of the wire: it writes `out` messages and reads `incoming` ones. */
export function createCodec<Out extends Catalog, In extends Catalog>(
  _out: Out,
  incoming: In
): Codec<Out, In> {
  const bodies = new Map(
    Object.entries(incoming).map(([type, schema]) => [type, TypeCompiler.Compile(schema)])
  )
  return {
    encode: (type, body, id = randomUUID()) =>
      JSON.stringify({ v: PROTOCOL_VERSION, id, type, body }),
    decode: text => decode(text, bodies) as Decoded<Message<In>>
  }
}

function decode(text: string, bodies: Map<string, TypeCheck<TSchema>>): Decoded<unknown> {
  if (isDeeperThan(text, limits.messageDepth)) return refuse('nested too deeply')
  const value = parseJson(text)
  if (!Envelope.Check(value)) return refuse('not a message envelope')
  const body = bodies.get(value.type)
  if (!body && value.must === false) return { kind: 'ignored', type: value.type }
  if (!body) return refuse(`unknown type ${value.type}`)
  if (body.Check(value.body)) return { kind: 'message', message: value }
  const [first] = body.Errors(value.body)
  return refuse(`${value.type}${first?.path ?? ''}: ${first?.message ?? 'invalid body'}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refuse(reason: string): { kind: 'refused'; reason: string } {
  return { kind: 'refused', reason }
}
