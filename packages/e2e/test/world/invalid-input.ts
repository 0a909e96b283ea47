/** A part of a JSON schema as the description of the API has it. */
export interface Schema {
  type?: string
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  required?: string[]
  anyOf?: Schema[]
  items?: Schema
  enum?: unknown[]
  pattern?: string
  format?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  minProperties?: number
  maxProperties?: number
  uniqueItems?: boolean
}

/** One thing that a schema refuses. */
export interface Wrong {
  way: string
  value: unknown
  /** The place that is wrong, seen from the value: "", ".name", ".ports.0.port". */
  at: string
}

export const unknownId = '0190b5ad-0000-7000-8000-0000000000ff'

/** A value that the schema takes, as far as that can be told from it. */
export function example(schema: Schema): unknown {
  if (schema.enum) return schema.enum[0]
  const [first] = schema.anyOf ?? []
  if (first) return example(first)
  switch (schema.type) {
    case 'object':
      return exampleObject(schema)
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

function exampleObject({ required = [], properties = {}, minProperties = 0 }: Schema) {
  const optional = Object.keys(properties).filter(key => !required.includes(key))
  const keys = [...required, ...optional.slice(0, Math.max(0, minProperties - required.length))]
  return Object.fromEntries(keys.map(key => [key, example(properties[key] ?? {})]))
}

function exampleText({ pattern = '', format, minLength = 0 }: Schema): string {
  if (isId(pattern)) return unknownId
  const bytes = /\{(43|86)\}(=+)\$$/.exec(pattern)
  if (bytes) return `${'A'.repeat(Number(bytes[1]))}${bytes[2]}`
  if (pattern.startsWith('^cap_')) return `cap_${'0'.repeat(32)}.${'A'.repeat(43)}`
  if (pattern.includes('{1,64}@')) return 'somebody@example.invalid'
  if (format === 'date-time') return '2026-01-01T00:00:00Z'
  return 'x'.repeat(Math.max(minLength, 1))
}

function isId(pattern = ''): boolean {
  return pattern.startsWith('^[0-9a-f]{8}-')
}

/** Bodies that are wrong in one way each. */
export function wrongBodies(schema: Schema): Wrong[] {
  const whole: [string, unknown][] = [
    ['no body', undefined],
    ['null', null],
    ['a list', []],
    ['a text', 'text'],
    ['a number', 1]
  ]
  return [...whole.map(([way, value]) => ({ way, value, at: '' })), ...wrongObjects(schema)]
}

function wrongObjects(schema: Schema): Wrong[] {
  const right = example(schema) as Record<string, unknown>
  const wrong: Wrong[] = []
  for (const key of schema.required ?? []) {
    const { [key]: _, ...value } = right
    wrong.push({ way: `without ${key}`, value, at: `.${key}` })
  }
  for (const [key, part] of Object.entries(schema.properties ?? {})) {
    for (const { way, value, at } of wrongValues(part)) {
      const changed = { ...right, [key]: value }
      wrong.push({ way: `${key}: ${way}`, value: changed, at: `.${key}${at}` })
    }
  }
  if (schema.additionalProperties === false) {
    const value = { ...right, unknownProperty: 1 }
    wrong.push({ way: 'an unknown property', value, at: '.unknownProperty' })
  } else if (typeof schema.additionalProperties === 'object') {
    wrong.push(...wrongMaps(schema, schema.additionalProperties))
  }
  return wrong
}

function wrongMaps({ maxProperties }: Schema, part: Schema): Wrong[] {
  const wrong = wrongValues(part).map(({ way, value, at }) => ({
    way: `of a key: ${way}`,
    value: { KEY: value },
    at: `.KEY${at}`
  }))
  if (maxProperties === undefined) return wrong
  const keys = Array.from({ length: maxProperties + 1 }, (_, index) => `KEY_${index}`)
  const value = Object.fromEntries(keys.map(key => [key, example(part)]))
  return [...wrong, { way: 'too many keys', value, at: '' }]
}

/** Values that the schema refuses. */
export function wrongValues(schema: Schema): Wrong[] {
  const parts = schema.anyOf ?? [schema]
  const kinds = new Set(parts.map(part => part.type ?? typeof part.enum?.[0]))
  if (kinds.has('undefined')) return []
  const one = (way: string, value: unknown): Wrong => ({ way, value, at: '' })
  const wrong = [one('of a wrong kind', kinds.has('object') ? 'text instead' : { instead: true })]
  if (!kinds.has('null')) wrong.push(one('null', null))
  if (!kinds.has('string')) wrong.push(one('a text of it', kinds.has('boolean') ? 'true' : '1'))
  for (const part of parts) {
    if (part.type === 'string') wrong.push(...wrongTexts(part, parts).map(row => one(...row)))
    if (part.type === 'integer' || part.type === 'number') {
      wrong.push(...wrongNumbers(part).map(row => one(...row)))
    }
    if (part.type === 'array') wrong.push(...wrongLists(part))
    if (part.type === 'object') {
      const inside = wrongObjects(part)
      wrong.push(...inside.map(({ way, ...rest }) => ({ way: `inside: ${way}`, ...rest })))
    }
  }
  return wrong
}

function wrongTexts(part: Schema, among: Schema[]): [string, unknown][] {
  const { pattern, maxLength, minLength = 0 } = part
  const wrong: [string, unknown][] = [['with NUL', 'a\0b']]
  if (part.enum) {
    const choices = new Set(among.flatMap(({ enum: names = [] }) => names))
    if (part !== among.find(other => other.enum)) return []
    return [...wrong, ['none of the choices', choices.has('nosuch') ? 'nosuch2' : 'nosuch']]
  }
  if (maxLength !== undefined) wrong.push(['over-long', 'x'.repeat(maxLength + 1)])
  if (minLength > 0) wrong.push(['empty', ''])
  if (isId(pattern)) {
    const more: [string, unknown][] = [
      ['no id', 'not-an-id'],
      ['an id too long', `${unknownId}0`]
    ]
    wrong.push(...more)
  }
  if (part.format === 'date-time') wrong.push(['no time', '2026-13-01T00:00:00Z'])
  if (pattern && !new RegExp(pattern, 'u').test('a\nb')) wrong.push(['with a line break', 'a\nb'])
  return wrong
}

function wrongNumbers({ type, minimum, maximum }: Schema): [string, unknown][] {
  const wrong: [string, unknown][] = []
  if (minimum !== undefined) wrong.push(['too small', minimum - 1])
  if (maximum !== undefined) wrong.push(['too large', maximum + 1])
  if (type === 'integer') wrong.push(['a fraction', (minimum ?? 0) + 0.5])
  return wrong
}

function wrongLists({ items = {}, minItems = 0, maxItems, uniqueItems }: Schema): Wrong[] {
  const wrong: Wrong[] = []
  const several = (count: number) => Array.from({ length: count }, () => example(items))
  if (minItems > 0) wrong.push({ way: 'too few', value: several(minItems - 1), at: '' })
  if (maxItems !== undefined) wrong.push({ way: 'too many', value: several(maxItems + 1), at: '' })
  if (uniqueItems) wrong.push({ way: 'one of them twice', value: several(2), at: '' })
  for (const { way, value, at } of wrongValues(items)) {
    wrong.push({ way: `item ${way}`, value: [value], at: `.0${at}` })
  }
  return wrong
}
