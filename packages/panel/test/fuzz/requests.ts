import fc from 'fast-check'
import type { Description, Operation } from './description.ts'
import { hostileTexts, mutated, mutations } from './hostile.ts'
import { createValues, mailAddresses, meaningOfPath, place, word } from './values.ts'

export type ActorName = 'admin' | 'key' | 'user' | 'anonymous'

/** A request that waits for the ids of what is there when it is sent. */
export interface FuzzRequest {
  operation: Operation
  actor: ActorName
  /** Each step of the path, as it is sent. */
  params: Record<string, string>
  query: [string, unknown][]
  /** Goes behind the query as it is. */
  tail: string
  headers: Record<string, string>
  body: { value: unknown } | { text: string; contentType: string | undefined } | undefined
  /** Asked twice with the same key. */
  twice: boolean
}

/** Those that hash a password take a hundred times as long as the others. */
const slow = /^post(AuthLogin|AuthPassword|Users|AuthPasswordResetConfirm)$/
/** They read all there is. */
const long = /^getAuditLogsExport$/

export interface Requests {
  any: fc.Arbitrary<FuzzRequest>
  /** One for each operation. */
  each: fc.Arbitrary<FuzzRequest>[]
}

export function createRequests(description: Description): Requests {
  const valuesOf = createValues(description)
  const each = description.operations.map(operation => ({
    weight: slow.test(operation.id) || long.test(operation.id) ? 1 : 4,
    arbitrary: requestOf(operation)
  }))
  return { any: fc.oneof(...each), each: each.map(({ arbitrary }) => arbitrary) }

  function requestOf(operation: Operation): fc.Arbitrary<FuzzRequest> {
    const fields = { operation, actors, valuesOf }
    return fc.oneof(
      { weight: 5, arbitrary: wellFormed(fields) },
      { weight: 5, arbitrary: wellFormed(fields).chain(disturbed) }
    )
  }
}

const actors = fc.oneof(
  { weight: 9, arbitrary: fc.constant<ActorName>('admin') },
  { weight: 5, arbitrary: fc.constant<ActorName>('key') },
  { weight: 4, arbitrary: fc.constant<ActorName>('user') },
  { weight: 2, arbitrary: fc.constant<ActorName>('anonymous') }
)

/** What hardly comes about by chance: bodies whose parts belong together. */
const likelyBodies: Record<string, fc.Arbitrary<unknown>> = {
  postAuthLogin: fc.record({ username: place('login'), password: place('password') }),
  postUsers: fc.record(
    { username: word, email: mailAddresses, role: place('roleName'), password: place('password') },
    { requiredKeys: ['username', 'email'] }
  ),
  postServers: fc.record(
    {
      name: word,
      altId: place('likelyAlt'),
      nodeId: place('likelyNode'),
      memoryMiB: fc.integer({ min: 16, max: 32 }),
      cpuPercent: fc.constant(10),
      diskMiB: fc.constant(0),
      start: fc.boolean()
    },
    { requiredKeys: ['name', 'altId', 'nodeId', 'memoryMiB', 'cpuPercent', 'diskMiB'] }
  )
}

const usualHeaders: fc.Arbitrary<Record<string, string>> = fc.oneof(
  { weight: 30, arbitrary: fc.constant({}) },
  { weight: 3, arbitrary: fc.nat({ max: 9 }).map(key => ({ 'idempotency-key': `key-${key}` })) },
  { weight: 1, arbitrary: fc.constantFrom({ prefer: 'wait=0' }, { prefer: 'wait=1' }) }
)

interface Fields {
  operation: Operation
  actors: fc.Arbitrary<ActorName>
  valuesOf: ReturnType<typeof createValues>
}

function wellFormed({ operation, actors, valuesOf }: Fields): fc.Arbitrary<FuzzRequest> {
  const { parameters, path, body } = operation
  const inPath = parameters.filter(parameter => parameter.in === 'path')
  const inQuery = parameters.filter(parameter => parameter.in === 'query')
  const params = inPath.map(({ name }) => [name, meaningOfPath(path, name)] as const)
  const query = inQuery.map(({ name, schema }) => [name, valuesOf(schema, name)] as const)
  const needed = inQuery.filter(({ required }) => required).map(({ name }) => name)
  return fc.record({
    operation: fc.constant(operation),
    actor: actors,
    params: fc.record(Object.fromEntries(params)),
    query: fc
      .record(Object.fromEntries(query.filter(([name]) => name !== 'cursor')), {
        requiredKeys: needed
      })
      .map(values => Object.entries(values)),
    tail: fc.constant(''),
    headers: usualHeaders,
    body: body ? bodies(operation.id, valuesOf(body)) : fc.constant(undefined),
    twice: fc.nat({ max: 20 }).map(chance => chance === 0)
  })
}

function bodies(id: string, any: fc.Arbitrary<unknown>) {
  const likely = likelyBodies[id]
  return (likely ? fc.oneof(any, likely) : any).map(value => ({ value }))
}

/** One thing about it is wrong. */
function disturbed(request: FuzzRequest): fc.Arbitrary<FuzzRequest> {
  const { body, params, query } = request
  const changes: fc.WeightedArbitrary<Partial<FuzzRequest>>[] = [
    { weight: 2, arbitrary: headersWrong.map(headers => ({ headers })) },
    { weight: 2, arbitrary: tails.map(tail => ({ tail })) }
  ]
  const wrongBody = fc.oneof(
    rawBodies,
    mutations.map(change => ({ value: mutated({}, change) }))
  )
  if (body && 'value' in body) {
    const change = mutations.map(change => ({ body: { value: mutated(body.value, change) } }))
    changes.push({ weight: 9, arbitrary: change })
    changes.push({ weight: 2, arbitrary: rawBodies.map(body => ({ body })) })
  } else {
    changes.push({ weight: 1, arbitrary: wrongBody.map(body => ({ body })) })
  }
  const names = Object.keys(params)
  if (names.length > 0) {
    const change = fc
      .tuple(fc.constantFrom(...names), pathTexts)
      .map(([name, text]) => ({ params: { ...params, [name]: text } }))
    changes.push({ weight: 3, arbitrary: change })
  }
  if (request.operation.parameters.some(parameter => parameter.in === 'query')) {
    const known = request.operation.parameters.filter(one => one.in === 'query')
    const change = fc
      .tuple(fc.constantFrom(...known.map(({ name }) => name)), hostileTexts)
      .map(([name, text]): Partial<FuzzRequest> => ({ query: [...query, [name, text]] }))
    changes.push({ weight: 5, arbitrary: change })
  }
  return fc.oneof(...changes).map(change => ({ ...request, ...change }))
}

/** As they stand in a path: what no encoder would write as well. */
const pathTexts = fc.oneof(
  place('server'),
  place('user'),
  fc.constantFrom(
    ...[
      '0',
      '-1',
      'null',
      '%00',
      '%2F',
      '%2e%2e',
      '..',
      '.',
      '%',
      '%E0%A4%A',
      '%ED%A0%80',
      '%FF',
      ';',
      ':id'
    ],
    ...['0190B5AD-0000-7000-8000-0000000000FF', '0190b5ad-0000-7000-8000-0000000000ff%0a', '{id}'],
    ...['x'.repeat(101), 'x'.repeat(2_000), '__proto__', 'me', '*']
  ),
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: 8 })
    .map(wellFormedText)
    .map(encodeURIComponent)
)

function wellFormedText(text: string): string {
  return Buffer.from(text).toString()
}

const tails = fc.constantFrom(
  ...[
    'limit=1&limit=2',
    'sort=name&sort=-name',
    'unknown=1',
    'limit[]=1',
    'limit=',
    '=',
    '&&&',
    '%',
    '%00=1'
  ],
  ...[
    '__proto__=1',
    '__proto__[x]=1',
    'constructor.prototype=1',
    'cursor=%FF',
    'cursor=%ED%A0%80',
    'x='.repeat(500)
  ],
  ...[
    'limit=1e2',
    'limit=0x10',
    'limit=%2010',
    'limit=1.0',
    'after=9007199254740993',
    'free=1',
    'free=TRUE',
    '#x'
  ]
)

const headersWrong: fc.Arbitrary<Record<string, string>> = fc.oneof(
  fc
    .constantFrom(
      '',
      ' ',
      'a b',
      '\u00ff',
      'x'.repeat(128),
      'x'.repeat(129),
      'x'.repeat(4_000),
      'key-1, key-2'
    )
    .map(key => ({ 'idempotency-key': key })),
  fc
    .constantFrom(
      'wait=',
      'wait=-1',
      'wait=1;wait=0',
      'wait="1"',
      'respond-async',
      'wait=0x1',
      '\u00ff',
      ', ,'
    )
    .map(prefer => ({ prefer })),
  fc
    .constantFrom(
      'Bearer',
      'Bearer cap_',
      `Bearer cap_${'x'.repeat(43)}`,
      `Bearer cap_${'x'.repeat(500)}`,
      'Basic eDp4',
      'bearer  x'
    )
    .map(authorization => ({ authorization })),
  fc
    .constantFrom(
      'x',
      '=',
      'ctrl_alt_play_session=',
      'ctrl_alt_play_session=a.b.c',
      `${'a=b; '.repeat(200)}`,
      'ctrl_alt_play_session=%FF'
    )
    .map(cookie => ({ cookie })),
  fc.constantFrom('null', 'http://evil.example', 'garbage', '').map(origin => ({ origin })),
  fc.constantFrom('cross-site', 'same-site', '').map(site => ({ 'sec-fetch-site': site })),
  fc
    .constantFrom('text/html', 'application/xml;q=1', '*/*;q=0', '\u00ff', '')
    .map(accept => ({ accept })),
  fc.constantFrom('gzip', 'br;q=x', 'identity;q=0').map(value => ({ 'accept-encoding': value })),
  fc.constantFrom('W/"x"', '*', '""').map(value => ({ 'if-none-match': value })),
  fc.constantFrom('bytes=0-1', 'bytes=9-0', 'x').map(range => ({ range })),
  fc
    .constantFrom('', 'unknown', '::1', '1.2.3.4:5', '1.1.1.1, 2.2.2.2', 'x'.repeat(300))
    .map(from => ({ 'x-forwarded-for': from })),
  fc.constantFrom('https', 'ftp', 'x, y').map(proto => ({ 'x-forwarded-proto': proto })),
  fc
    .constantFrom('evil.example', 'a b', '', 'x'.repeat(300))
    .map(host => ({ 'x-forwarded-host': host })),
  fc.constantFrom('\u00e9\u00ff', 'x'.repeat(3_000)).map(agent => ({ 'user-agent': agent })),
  fc.constantFrom('PUT', 'DELETE').map(method => ({ 'x-http-method-override': method }))
)

const json = 'application/json'
const rawBodies = fc.oneof(
  fc
    .constantFrom(
      '',
      ' ',
      'null',
      '1',
      '""',
      '[]',
      '{',
      '{"a":}',
      'NaN',
      '{"a":1,"a":2}',
      '\ufeff{}',
      "{'a':1}",
      '{}{}'
    )
    .map(text => ({ text, contentType: json as string | undefined })),
  fc
    .constantFrom(
      '{"__proto__":{"a":1}}',
      '{"constructor":{"prototype":{"a":1}}}',
      '{"a":1e999}',
      `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
      `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
      '['.repeat(20_000),
      '"\\ud800"',
      '{"name":"\\u0000"}'
    )
    .map(text => ({ text, contentType: json as string | undefined })),
  fc.constant({
    text: `{"name":"${'x'.repeat(262_144)}"}`,
    contentType: json as string | undefined
  }),
  fc
    .constantFrom(
      undefined,
      '',
      'text/plain',
      'application/xml',
      'multipart/form-data; boundary=x',
      'application/x-www-form-urlencoded',
      'application/json; charset=latin1',
      'application/json;',
      'APPLICATION/JSON',
      'application/jsonx',
      'application/merge-patch+json',
      'x',
      ';'
    )
    .map(contentType => ({ text: '{"name":"x"}', contentType }))
)
