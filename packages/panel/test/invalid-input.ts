/** A part of a JSON schema as the routes have it. */
export interface Schema {
  type?: string
  properties?: Record<string, Schema>
  patternProperties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  required?: string[]
  anyOf?: Schema[]
  items?: Schema
  enum?: unknown[]
  const?: unknown
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  maxProperties?: number
}

export const someId = '0190b5ad-0000-7000-8000-0000000000ff'

/** A value that the schema takes, as far as that can be told from it. */
function example(schema: Schema): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  const [first] = schema.anyOf ?? []
  if (first) return example(first)
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        (schema.required ?? []).map(key => [key, example(schema.properties?.[key] ?? {})])
      )
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => example(schema.items ?? {}))
    case 'integer':
    case 'number':
      return schema.minimum ?? 1
    case 'boolean':
      return true
    case 'null':
      return null
    default:
      return exampleText(schema)
  }
}

function exampleText({ pattern = '', format, minLength = 0 }: Schema): string {
  if (pattern.startsWith('^[0-9a-f]{8}-')) return someId
  if (format === 'date-time') return '2026-01-01T00:00:00Z'
  return 'x'.repeat(Math.max(minLength, 1))
}

/** Bodies that are wrong in one way each, with a name for the way. */
export function wrongBodies(schema: Schema): [string, unknown][] {
  const right = example(schema) as Record<string, unknown>
  const wrong: [string, unknown][] = [
    ['no body', undefined],
    ['null', null],
    ['a list', []],
    ['a text', 'text'],
    ['an unknown property', { ...right, unknownProperty: 1 }],
    ["somebody else's property", { ...right, constructor: { prototype: {} } }]
  ]
  for (const key of schema.required ?? []) {
    const { [key]: _, ...rest } = right
    wrong.push([`without ${key}`, rest])
  }
  for (const [key, part] of Object.entries(schema.properties ?? {})) {
    for (const [way, value] of wrongValues(part)) {
      wrong.push([`${key}: ${way}`, { ...right, [key]: value }])
    }
  }
  return wrong
}

/** Values that the schema refuses. */
export function wrongValues(schema: Schema): [string, unknown][] {
  if (schema.type === undefined && !schema.anyOf && !schema.enum && schema.const === undefined) {
    return []
  }
  const wrong: [string, unknown][] = [['of a wrong kind', wrongKind(schema)]]
  const parts = schema.anyOf ?? [schema]
  const text = parts.find(part => part.type === 'string')
  if (text?.maxLength !== undefined) wrong.push(['over-long', 'x'.repeat(text.maxLength + 1)])
  if (text?.pattern?.startsWith('^[0-9a-f]{8}-')) wrong.push(['no id', 'not-an-id'])
  if (text && (text.minLength ?? 0) > 0) wrong.push(['empty', ''])
  if (text && !text.enum) wrong.push(['with NUL', 'a\0b'])
  if (text?.enum) wrong.push(['none of the choices', 'nosuchchoice'])
  const number = parts.find(part => part.type === 'integer' || part.type === 'number')
  if (number?.minimum !== undefined) wrong.push(['too small', number.minimum - 1])
  if (number?.maximum !== undefined) wrong.push(['too large', number.maximum + 1])
  if (number?.type === 'integer') wrong.push(['a fraction', (number.minimum ?? 0) + 0.5])
  const list = parts.find(part => part.type === 'array')
  if (list?.maxItems !== undefined) {
    wrong.push([
      'too many',
      Array.from({ length: list.maxItems + 1 }, () => example(list.items ?? {}))
    ])
  }
  if (list?.items) {
    for (const [way, value] of wrongValues(list.items)) wrong.push([`item ${way}`, [value]])
  }
  const object = parts.find(part => part.type === 'object')
  if (object?.properties) {
    for (const [way, value] of wrongBodies(object).slice(4)) wrong.push([`inside: ${way}`, value])
  }
  return wrong
}

/** Something that none of the alternatives takes, not even after conversion. */
function wrongKind(schema: Schema): unknown {
  const kinds = new Set((schema.anyOf ?? [schema]).map(part => part.type))
  return kinds.has('object') ? 'text instead' : { instead: true }
}
