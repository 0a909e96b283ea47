import { Ajv, type AnySchema, type Options } from 'ajv'
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
  const exact = ajvWith(schemas, { ...common, coerceTypes: false })
  const converting = ajvWith(schemas, { ...common, coerceTypes: 'array' })
  // The types of Fastify's own compiler say "a schema" where the route's part comes along with it.
  return (part: AnySchema) => {
    const { schema, httpPart } = part as unknown as FastifyRouteSchemaDef<AnySchema>
    return (httpPart === 'body' ? exact : converting).compile(schema)
  }
}

function ajvWith(schemas: AnySchema[], options: Options): Ajv {
  const ajv = new Ajv(options)
  addFormats.default(ajv)
  for (const schema of schemas) ajv.addSchema(schema)
  return ajv
}
