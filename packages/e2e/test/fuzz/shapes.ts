type Path = (string | number)[]

const DEEP = 30_000

/** What may stand where something else is expected, as JSON text: some of it no JSON.stringify would write. */
const strangers = [
  'null',
  'true',
  '0',
  '-0',
  '-1',
  '1.5',
  '256',
  '4294967296',
  '9007199254740992',
  '-9223372036854775808',
  '1e308',
  '-1e308',
  '1e999',
  '""',
  '" "',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udc00\\ud83d"',
  '"\\n\\r"',
  '"../../../etc/passwd"',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '"00000000-0000-0000-0000-000000000000"',
  '"0191b2c4-9999-7000-8000-00000000000Z"',
  '"9999-99-99T99:99:99Z"',
  '"0000-00-00T00:00:00Z"',
  '"RUNNING"',
  `"${'x'.repeat(2_001)}"`,
  `"${'\u{1f3ae}'.repeat(1_500)}"`,
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '[{}]',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"length":1000000000}',
  '{"toJSON":1,"toString":1,"valueOf":1,"then":1}',
  `[${'0,'.repeat(2_000)}0]`,
  `${'['.repeat(40)}${']'.repeat(40)}`,
  `${'['.repeat(2_000)}${']'.repeat(2_000)}`,
  `${'['.repeat(DEEP)}${']'.repeat(DEEP)}`,
  `${'{"a":'.repeat(5_000)}0${'}'.repeat(5_000)}`
] as const

/** What may be added to an object. */
const extras = [
  '"__proto__":{"polluted":true}',
  '"constructor":{"prototype":{"polluted":true}}',
  '"hasOwnProperty":1',
  '"toJSON":"x"',
  '"":0',
  '"unheard":"of"',
  `"deep":${'['.repeat(2_000)}${']'.repeat(2_000)}`,
  `"deeper":${'['.repeat(DEEP)}${']'.repeat(DEEP)}`,
  `"nested":${'{"a":'.repeat(5_000)}0${'}'.repeat(5_000)}`,
  `"wide":"${'y'.repeat(20_000)}"`
] as const

const MARK = '\u0001here\u0001'

/** One wrong message, made when it is asked for: some are long. */
type Wrong = () => string

/** Every way in which one field of the message may be wrong, one after the other. */
export function* wrongShapesOf(message: string): Generator<string> {
  for (const path of pathsOf(JSON.parse(message))) {
    for (const wrong of wrongAt(message, path)) yield wrong()
  }
}

/** One of them. */
export function wrongShapeOf(message: string, pick: <T>(list: readonly T[]) => T): string {
  return pick(wrongAt(message, pick(pathsOf(JSON.parse(message)))))()
}

function wrongAt(message: string, path: Path): Wrong[] {
  const value = partOf(JSON.parse(message), path)
  const others = strangers.map(stranger => () => withText(message, path, stranger))
  const gone = path.length > 0 ? [() => without(message, path)] : []
  return [...others, ...gone, ...likeIt(value).map(like => () => withText(message, path, like()))]
}

/** Almost what it should be. */
function likeIt(value: unknown): Wrong[] {
  if (Array.isArray(value)) return [2, 101, 201, 1_001].map(length => () => repeated(value, length))
  if (typeof value === 'object' && value !== null) return extended(JSON.stringify(value))
  if (typeof value === 'string') return [() => JSON.stringify(`${value}x`)]
  return [() => JSON.stringify(String(value))]
}

function repeated([first = null]: unknown[], length: number): string {
  return JSON.stringify(Array.from({ length }, () => first))
}

function extended(object: string): Wrong[] {
  const own = object.slice(1, -1)
  const comma = own && ','
  const more = extras.map(extra => () => `{${own}${comma}${extra}}`)
  // The same names twice: the last one counts.
  return [...more, () => `{${own}${comma}${own}}`]
}

/** The message with this text in place of what stands at the path. */
function withText(message: string, path: Path, text: string): string {
  const last = path.at(-1)
  if (last === undefined) return text
  const whole: unknown = JSON.parse(message)
  Reflect.set(Object(partOf(whole, path.slice(0, -1))), last, MARK)
  return JSON.stringify(whole).replace(JSON.stringify(MARK), () => text)
}

function without(message: string, path: Path): string {
  const whole: unknown = JSON.parse(message)
  Reflect.deleteProperty(Object(partOf(whole, path.slice(0, -1))), path.at(-1) ?? '')
  return JSON.stringify(whole)
}

function partOf(whole: unknown, path: Path): unknown {
  return path.reduce<unknown>((part, key) => Reflect.get(Object(part), key), whole)
}

function pathsOf(value: unknown, before: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [before]
  const inner = Object.entries(value).flatMap(([key, part]) =>
    pathsOf(part, [...before, Array.isArray(value) ? Number(key) : key])
  )
  return [before, ...inner]
}
