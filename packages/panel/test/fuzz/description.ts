import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { Json } from '../helper.ts'

export type Schema = Record<string, Json>

interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  schema: Schema
}

/** One operation of the API as its description has it. */
export interface Operation {
  id: string
  method: string
  path: string
  parameters: Parameter[]
  body: Schema | undefined
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
}

export interface Answer {
  status: number
  contentType: string | undefined
  text: string
}

export interface Description {
  operations: Operation[]
  /** Follows a pointer to a component. */
  resolved(schema: Schema): Schema
  /** What of an answer is not as described. */
  problemsOf(operation: Operation, answer: Answer): string[]
}

/** The longest part of a download that is looked at. */
const MOST_LINES = 50

export function readDescription(document: Json): Description {
  const strict = withNothingElse(document)
  const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema(strict, 'api')
  const validators = new Map<string, ValidateFunction>()

  const operations = Object.entries<Json>(document.paths).flatMap(([path, acts]) =>
    Object.entries<Json>(acts).map(([method, act]): Operation => {
      return {
        ...{ id: act.operationId, method: method.toUpperCase(), path },
        parameters: act.parameters ?? [],
        body: act.requestBody?.content['application/json'].schema,
        responses: act.responses
      }
    })
  )

  function validator(pointer: string): ValidateFunction {
    const known = validators.get(pointer) ?? ajv.getSchema(`api#/${pointer}`)
    if (!known) throw new Error(`There is no ${pointer}`)
    validators.set(pointer, known as ValidateFunction)
    return known as ValidateFunction
  }

  function problemsOfValue(pointer: string, value: unknown): string[] {
    const validate = validator(pointer)
    if (validate(value)) return []
    return (validate.errors ?? []).map(error => {
      return `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`
    })
  }

  return {
    operations,
    resolved(schema) {
      const name = /^#\/components\/schemas\/(\w+)$/.exec(schema.$ref ?? '')?.[1]
      return name ? document.components.schemas[name] : schema
    },
    problemsOf(operation, { status, contentType, text }) {
      const { responses, path, method } = operation
      const described = [String(status), `${String(status)[0]}XX`].find(key => key in responses)
      if (!described) return [`${status} is not described`]
      const { content } = responses[described] ?? {}
      if (!content) return text === '' ? [] : [`${status} has a body`]
      const mediaType = contentType?.split(';')[0] ?? ''
      if (!(mediaType in content)) return [`${status} comes as ${contentType}`]
      if (mediaType === 'application/x-ndjson') {
        const lines = text.split('\n').slice(0, MOST_LINES).filter(Boolean)
        return lines.flatMap(line =>
          problemsOfValue('components/schemas/AuditRow', JSON.parse(line))
        )
      }
      if (mediaType !== 'application/json') return []
      const value = parsed(text)
      if (value === undefined) return [`${status} is no JSON`]
      const steps = ['paths', path, method.toLowerCase(), 'responses', described, 'content']
      const pointer = [...steps, mediaType, 'schema'].map(escaped).join('/')
      return problemsOfValue(pointer, value)
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const escaped = (step: string): string =>
  encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1'))

/** What the description leaves open counts as refused: an answer has nothing that is not named. */
function withNothingElse(value: Json): Json {
  if (Array.isArray(value)) return value.map(withNothingElse)
  if (typeof value !== 'object' || value === null) return value
  const copy = Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, withNothingElse(part)])
  )
  const isOpen =
    copy.type === 'object' && copy.properties && copy.additionalProperties === undefined
  return isOpen ? { ...copy, additionalProperties: false } : copy
}
