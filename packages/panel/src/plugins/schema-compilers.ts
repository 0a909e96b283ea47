import SerializerSelector from '@fastify/fast-json-stringify-compiler'
import { Ajv, type AnySchema, type Options, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import type { FastifyRouteSchemaDef } from 'fastify/types/schema.js'

const common: Options = { removeAdditional: false, useDefaults: true, allErrors: false }

/**
 * Bodies are taken as they are; what comes by path, query or header is text and is converted to
 * the numbers and switches that the schema asks for. Given to Fastify as the factory, because a plugin
 * that adds schemas gets a compiler of its own, and a factory's is the same everywhere.
 */
export function buildValidator(shared: unknown) {
  const schemas = Object.values(shared as Record<string, AnySchema>)
  const exact = once(() => ajvWith(schemas, { ...common, coerceTypes: false }))
  // With strictNumbers Ajv converts "Infinity" to an integer and then holds it against no bound.
  const converting = once(() =>
    ajvWith(schemas, { ...common, coerceTypes: 'array', strictNumbers: false })
  )
  // The types of Fastify's own compiler say "a schema" where the route's part comes along with it.
  return (part: AnySchema) => {
    const { schema, httpPart } = part as unknown as FastifyRouteSchemaDef<AnySchema>
    return whenFirstUsed(() => (httpPart === 'body' ? exact : converting)().compile(schema))
  }
}

/**
 * Answers hold only what their schemas say. A value that may be null is written as such: left as a
 * union, the serializer would hold each value against each of its schemas.
 */
export function buildSerializer(shared: unknown) {
  const compile = once(() => SerializerSelector()(shared))
  const made = new Map<string, SerializerSelector.Serializer>()
  return (route: SerializerSelector.RouteDefinition): SerializerSelector.Serializer => {
    // Most routes fail alike: their errors have one serializer.
    const text = JSON.stringify(route.schema)
    const known = made.get(text)
    if (known) return known
    const serializer = once(() => compile()({ ...route, schema: withNullable(route.schema) }))
    const lazy = (value: unknown): string => serializer()(value)
    made.set(text, lazy)
    return lazy
  }
}

/** Compiled code takes memory and time, and many routes are never asked. */
function whenFirstUsed(compile: () => ValidateFunction): ValidateFunction {
  const validator = once(compile)
  function lazy(value: unknown): boolean {
    const validate = validator()
    const isValid = validate(value) === true
    if (!isValid) Object.assign(lazy, { errors: validate.errors })
    return isValid
  }
  // Fastify calls it and reads its errors, no more.
  return lazy as unknown as ValidateFunction
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

/** `anyOf: [X, null]` as the serializer's own `nullable`. */
function withNullable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withNullable)
  if (typeof schema !== 'object' || schema === null) return schema
  const { anyOf, ...rest } = schema as { anyOf?: { type?: unknown }[] }
  const [first, second] = anyOf ?? []
  const isNullable = anyOf?.length === 2 && second?.type === 'null'
  if (isNullable && typeof first?.type === 'string') {
    return { ...(withNullable(first) as object), ...rest, nullable: true }
  }
  return Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, withNullable(part)]))
}

function ajvWith(schemas: AnySchema[], options: Options): Ajv {
  const ajv = new Ajv(options)
  addFormats.default(ajv)
  for (const schema of schemas) ajv.addSchema(schema)
  return ajv
}
