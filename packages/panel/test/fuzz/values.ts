import fc from 'fast-check'
import type { Schema } from './description.ts'

/** Stands for the id of something that is there when the request is sent: the one at this place in its list. */
export const place = (kind: string) => fc.nat({ max: 60 }).map(index => `«${kind}:${index}»`)

export const word = fc.stringMatching(/^[a-z][a-z0-9]{2,9}$/)
/** Valid in JSON, and not in UTF-8. */
const oddWord = fc.constantFrom('\ud800', 'a\udfff')
export const mailAddresses = fc
  .tuple(word, fc.domain())
  .map(([name, domain]) => `${name}@${domain}`)
const port = fc.integer({ min: 1_024, max: 65_535 })
const range = fc.tuple(port, fc.nat({ max: 40 })).map(([from, length]) => {
  return `${from}-${Math.min(from + length, 65_535)}`
})
const address = fc.oneof(
  fc.constantFrom(
    '0.0.0.0',
    '127.0.0.1',
    '::',
    '::1',
    '10.0.0.0/8',
    '2001:db8::/32',
    'fe80::1%eth0'
  ),
  fc.ipV4(),
  fc.ipV6()
)

/** What is likely meant by a text of this name; ids are those of things that are there. */
const meanings: Record<string, fc.Arbitrary<string>> = {
  altId: place('alt'),
  ctrlId: place('ctrl'),
  nodeId: place('node'),
  ownerId: place('user'),
  userId: place('user'),
  actorId: place('user'),
  targetId: place('server'),
  serverId: place('server'),
  sessionId: place('session'),
  allocationId: place('allocation'),
  allocationIds: place('allocation'),
  invitationId: place('invitation'),
  replaceWith: place('role'),
  cursor: place('cursor'),
  role: place('roleName'),
  username: fc.oneof({ weight: 3, arbitrary: word }, place('username')),
  invite: fc.oneof(place('username'), word),
  email: mailAddresses,
  newEmail: mailAddresses,
  currentPassword: place('password'),
  password: place('password'),
  newPassword: fc.oneof(place('password'), fc.string({ minLength: 8, maxLength: 72 })),
  code: place('code'),
  totp: place('code'),
  token: place('token'),
  name: fc.oneof(word, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })),
  ip: address,
  ipAddress: address,
  allowedIps: address,
  ports: fc.array(fc.oneof(port.map(String), range), { minLength: 1, maxLength: 4 }).map(String),
  dockerImage: fc.constantFrom('game:1', 'ghcr.io/owner/game:1.2', 'a/b@sha256:0', 'x'),
  envVariable: fc.constantFrom('SERVER_PORT', 'MAX_PLAYERS', 'A', 'lower', '1ST', 'PATH', 'A B'),
  rules: fc.constantFrom(
    'required|string',
    'nullable|integer|between:1,64',
    'regex:/^a+$/',
    'in:a,b',
    '',
    'x:y:z'
  ),
  action: fc.constantFrom('auth.login', 'auth.', 'server.', 'a-b')
}

/** What the `id` of a path means. */
const things: Record<string, string> = {
  users: 'user',
  roles: 'role',
  nodes: 'node',
  servers: 'server',
  alts: 'alt',
  ctrls: 'ctrl',
  commands: 'command',
  invitations: 'invitation',
  sessions: 'session',
  'api-keys': 'apiKey'
}

/** The kind of thing that a parameter of a path names. */
export function meaningOfPath(path: string, name: string): fc.Arbitrary<string> {
  const before = path.split('/').at(path.split('/').indexOf(`{${name}}`) - 1) ?? ''
  return name === 'id' ? place(things[before] ?? 'nothing') : (meanings[name] ?? fc.uuid())
}

export interface ValuesOptions {
  resolved: (schema: Schema) => Schema
}

/** Values that are as a schema wants them, also at its edges. */
export function createValues({ resolved }: ValuesOptions) {
  function valuesOf(given: Schema, name = ''): fc.Arbitrary<unknown> {
    const schema = resolved(given)
    if (schema.enum) return fc.constantFrom(...schema.enum)
    if (schema.anyOf) return fc.oneof(...schema.anyOf.map((part: Schema) => valuesOf(part, name)))
    switch (schema.type) {
      case 'object':
        return objects(schema)
      case 'array':
        return arrays(schema, name)
      case 'string':
        return texts(schema, name)
      case 'integer':
        return fc.oneof(integers(schema), smallIntegers(schema), edges(schema))
      case 'number':
        return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true })
      case 'boolean':
        return fc.boolean()
      case 'null':
        return fc.constant(null)
      default:
        return fc.jsonValue()
    }
  }

  function objects(schema: Schema): fc.Arbitrary<unknown> {
    const { properties = {}, required = [], additionalProperties, minProperties = 0 } = schema
    const named = Object.entries<Schema>(properties).map(([key, part]) => [
      key,
      valuesOf(part, key)
    ])
    const known = fc.record(Object.fromEntries(named), { requiredKeys: required })
    if (typeof additionalProperties === 'object') {
      const key = fc.oneof(meanings.envVariable ?? word, fc.string({ maxLength: 12 }))
      return fc.dictionary(key, valuesOf(additionalProperties), {
        maxKeys: 3,
        noNullPrototype: true
      })
    }
    return known.filter(value => Object.keys(value).length >= minProperties)
  }

  function arrays(schema: Schema, name: string): fc.Arbitrary<unknown> {
    const { items = {}, minItems = 0, maxItems = 4, uniqueItems = false } = schema
    const bounds = { minLength: minItems, maxLength: Math.min(maxItems, Math.max(minItems, 4)) }
    const values = valuesOf(items, name)
    return uniqueItems ? fc.uniqueArray(values, bounds) : fc.array(values, bounds)
  }

  return valuesOf
}

function integers({ minimum, maximum }: Schema): fc.Arbitrary<number> {
  return fc.integer({ min: bounded(minimum ?? -(2 ** 31)), max: bounded(maximum ?? 2 ** 31 - 1) })
}

function smallIntegers({ minimum = 0, maximum = 2_048 }: Schema): fc.Arbitrary<number> {
  return fc.integer({ min: minimum, max: Math.min(maximum, minimum + 2_048) })
}

function edges({ minimum = -1, maximum = 2 ** 31 - 1 }: Schema): fc.Arbitrary<number> {
  return fc.constantFrom(minimum, maximum)
}

const bounded = (value: number) => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value))

function texts(schema: Schema, name: string): fc.Arbitrary<string> {
  const { pattern, format, maxLength = 200 } = schema
  const meant = meanings[name]
  const plain = format === 'date-time' ? times : shaped(schema)
  const longest = fc.constant('x'.repeat(Math.min(maxLength, 8_192)))
  const free = pattern || format ? plain : fc.oneof({ weight: 9, arbitrary: plain }, longest)
  return meant ? fc.oneof({ weight: 4, arbitrary: meant }, free) : free
}

const times = fc.oneof(
  fc
    .date({ min: new Date('1901-01-01'), max: new Date('2999-12-31'), noInvalidDate: true })
    .map(date => date.toISOString()),
  fc.constantFrom(
    '2026-03-01T00:00:00Z',
    '2999-12-31T23:59:59+23:59',
    '1900-01-01T00:00:00-12:00',
    '2400-02-29T12:00:00.123456789Z'
  )
)

function shaped({ pattern, minLength = 0, maxLength = 200 }: Schema): fc.Arbitrary<string> {
  const free = fc.string({ unit: 'grapheme', minLength, maxLength: Math.min(maxLength, 40) })
  if (!pattern && minLength < 2) return fc.oneof({ weight: 12, arbitrary: free }, oddWord)
  if (!pattern) return free
  const expression = new RegExp(pattern, 'u')
  const fits = (text: string) =>
    expression.test(text) && [...text].length >= minLength && [...text].length <= maxLength
  if (pattern.includes('@<')) return mailAddresses.filter(fits)
  // Of classes of letters fast-check makes lists of all there are.
  return (pattern.includes('\\p{') ? free : fc.stringMatching(expression)).filter(fits)
}
