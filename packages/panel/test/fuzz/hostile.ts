import fc from 'fast-check'
import type { Json } from '../helper.ts'
import { place } from './values.ts'

/** Valid in JSON; not in UTF-8, not in a text of PostgreSQL, or not what it looks like. */
const oddText = fc.constantFrom(
  '\ud800',
  'a\udfff',
  '\udc00\ud800',
  '\u{10ffff}',
  '\ufffe',
  '\u0000'
)

/** Texts that something in the road of a request may take for more than they are. */
const texts = fc.oneof(
  { weight: 1, arbitrary: oddText },
  fc.constantFrom(
    ...[
      '',
      ' ',
      '\0',
      'a\0b',
      '\ud800',
      'a\udfff',
      '\ufeff',
      '\u202e\u2066',
      '\u0085',
      'İıſ',
      '👩‍👩‍👧',
      'e\u0301'
    ],
    ...[
      'NaN',
      'Infinity',
      '-0',
      '1e999',
      '0x10',
      '１２',
      'null',
      'true',
      '__proto__',
      'constructor'
    ],
    ...[
      '../../etc/passwd',
      '%2e%2e%2f',
      '%',
      '%00',
      '\\',
      "'; DROP TABLE x;--",
      '" OR ""="',
      '*',
      '_'
    ],
    ...[
      '{{server.build.default.port}}',
      '\u0024{PATH}',
      '$(id)',
      '`id`',
      '<script>',
      '\r\nX: y',
      '\t'
    ],
    ...['2026-02-30T00:00:00Z', '9999-12-31T23:59:59.999Z', '0000-01-01T00:00:00Z', 'now'],
    ...['2026-01-01T23:59:60Z', '2026-01-01T00:00:00+99:99', '1900-01-01T00:00:00+24:00'],
    ...['::ffff:127.0.0.1', '999.1.1.1', '1.2.3.4/33', '0-65535', '65535-0', '1,,2', '1024-65535']
  ),
  fc.constantFrom(65, 255, 256, 4_097, 70_000).map(length => 'x'.repeat(length)),
  fc.constantFrom(40, 80, 600).map(length => '💥'.repeat(length)),
  fc.string({ unit: 'binary', maxLength: 20 }),
  place('server'),
  place('user')
)

const deep = fc.constantFrom(10, 70, 600).map(depth => nested(depth))

function nested(depth: number): unknown {
  let value: unknown = 'x'
  for (let at = 0; at < depth; at++) value = at % 2 ? [value] : { a: value }
  return value
}

const hostileValues: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: texts },
  {
    weight: 4,
    arbitrary: fc.constantFrom<unknown>(
      ...[null, true, false, [], {}, [null], { length: -1 }, { toString: null }, [[]]],
      ...[
        0,
        -0,
        -1,
        1.5,
        1e-320,
        1e308,
        -1e308,
        2 ** 31,
        -(2 ** 31) - 1,
        2 ** 53,
        -(2 ** 53),
        2 ** 63
      ]
    )
  },
  { weight: 2, arbitrary: fc.jsonValue() },
  { weight: 1, arbitrary: deep },
  { weight: 1, arbitrary: fc.constantFrom(101, 600).map(length => Array(length).fill('x')) }
)

export const hostileTexts = texts

type Place = { holder: Json; key: string | number }

const ways = ['replace', 'replace', 'replace', 'remove', 'add', 'rename', 'poison', 'all'] as const

export interface Mutation {
  way: (typeof ways)[number]
  at: number
  key: string
  value: unknown
}

export const mutations: fc.Arbitrary<Mutation> = fc.record({
  way: fc.constantFrom(...ways),
  at: fc.nat({ max: 1_000 }),
  key: fc.oneof(
    fc.constantFrom(
      '__proto__',
      'constructor',
      'id',
      'role',
      'ownerId',
      'isAdmin',
      'deletedAt',
      ''
    ),
    fc.string({ unit: 'binary', maxLength: 6 })
  ),
  value: hostileValues
})

/** A copy of the value that is wrong in one place. */
export function mutated(value: unknown, { way, at, key, value: wrong }: Mutation): unknown {
  const copy = structuredClone(value) as Json
  const places = placesIn(copy)
  const spot = places[at % Math.max(1, places.length)]
  if (way === 'all' || !spot) return wrong
  const { holder } = spot
  if (way === 'replace') put(holder, spot.key, wrong)
  else if (way === 'remove') take(holder, spot.key)
  else if (way === 'add') put(holder, key, wrong)
  else if (way === 'poison') put(holder, '__proto__', { isAdmin: true, wrong })
  else {
    put(holder, key, holder[spot.key])
    take(holder, spot.key)
  }
  return copy
}

/** Also where the key is `__proto__`, which is to be sent as any other. */
function put(holder: Json, key: string | number, value: unknown): void {
  if (Array.isArray(holder)) holder.push(value)
  else
    Object.defineProperty(holder, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true
    })
}

function take(holder: Json, key: string | number): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1)
  else delete holder[key]
}

function placesIn(holder: Json): Place[] {
  if (typeof holder !== 'object' || holder === null) return []
  return Object.keys(holder).flatMap(key => [{ holder, key }, ...placesIn(holder[key])])
}
