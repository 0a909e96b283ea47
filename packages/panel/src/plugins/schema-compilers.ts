import { Ajv, type Options } from 'ajv'
import addFormats from 'ajv-formats'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

const common: Options = { removeAdditional: false, useDefaults: true, allErrors: false }

/**
 * Bodies are taken as they are; what comes by path, query or header is text and is converted to
 * the numbers and switches that the schema asks for.
 */
export const schemaCompilers = fp(async (app: FastifyInstance) => {
  const exact = withFormats(new Ajv({ ...common, coerceTypes: false }))
  const converting = withFormats(new Ajv({ ...common, coerceTypes: 'array' }))
  app.setValidatorCompiler(({ schema, httpPart }) =>
    (httpPart === 'body' ? exact : converting).compile(schema)
  )
})

function withFormats(ajv: Ajv): Ajv {
  addFormats.default(ajv)
  // What Type.Unsafe and descriptions of our own add to a schema is for people.
  ajv.addVocabulary(['expects', 'example'])
  return ajv
}
