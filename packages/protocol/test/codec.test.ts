import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { digestOf } from '../src/digest.ts'
import {
  absentReport,
  agentCodec,
  agreeVersion,
  authTranscript,
  batchesOf,
  decodeConsoleFrame,
  encodeConsoleFrame,
  messageTypes,
  panelCodec,
  type ServerReport,
  verify,
  welcomeTranscript
} from '../src/index.ts'

const golden = new URL('./golden/v1/', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, golden), 'utf8')

t.test('every message of version 1 is still read as it was written', async t => {
  const files = readdirSync(golden).filter(file => file.endsWith('.json'))
  const expected = [
    ...messageTypes.agent.map(type => `agent.${type}.json`),
    ...messageTypes.panel.map(type => `panel.${type}.json`)
  ]
  t.same(files.sort(), expected.sort(), 'one real message of each type is kept')
  for (const file of files) {
    const text = read(file)
    const isAgents = file.startsWith('agent.')
    const reader = isAgents ? panelCodec : agentCodec
    const message = JSON.parse(text)
    t.match(reader.decode(text), { kind: 'message', message }, file)
    const { type, body, id } = message
    const written = isAgents ? agentCodec.encode(type, body, id) : panelCodec.encode(type, body, id)
    t.strictSame(JSON.parse(written), message, `${file} is written as it was`)
    t.match(reader.decode(withMore(text)), { kind: 'message' }, `${file} may say more`)
  }
})

t.test('what a version has said is never edited, only added to', async t => {
  const sums = new Map(
    read('SHA256SUMS')
      .trim()
      .split('\n')
      .map(line => line.split('  ').reverse() as [string, string])
  )
  const files = readdirSync(golden).filter(file => file !== 'SHA256SUMS')
  t.strictSame([...sums.keys()].sort(), files.sort(), 'each file has its line')
  for (const [file, sum] of sums) {
    t.equal(createHash('sha256').update(read(file)).digest('hex'), sum, file)
  }
})

t.test('a whole session of version 1 is still read, and still signed as it was', async t => {
  const [{ keys }, ...lines] = read('session.jsonl')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const said = new Map<string, Json>()
  for (const { by, said: message, frame } of lines) {
    if (message) {
      const text = JSON.stringify(message)
      const reader = by === 'agent' ? panelCodec : agentCodec
      t.match(reader.decode(text), { kind: 'message', message }, `${by} ${message.type}`)
      t.match(reader.decode(withMore(text)), { kind: 'message' }, `${by} ${message.type} and more`)
      said.set(message.type, message.body)
    } else {
      const bytes = Buffer.from(frame, 'base64')
      const decoded = decodeConsoleFrame(bytes)
      t.ok(decoded && encodeConsoleFrame(decoded).equals(bytes), 'a frame is written as it was')
    }
  }
  const [challenge, auth, welcome] = ['challenge', 'auth', 'welcome'].map(type => said.get(type))
  const { panelId, panelNonce } = challenge
  const fields = { ...auth, panelId, panelNonce }
  t.ok(verify(keys.agent, authTranscript(fields), auth.signature), "the agent's signature holds")
  const { epoch, protocol: agreed } = welcome
  const transcript = welcomeTranscript({ ...fields, epoch, agreed })
  t.ok(verify(keys.panel, transcript, welcome.signature), "the panel's signature holds")
})

// biome-ignore lint/suspicious/noExplicitAny: what was said is read as a stranger would
type Json = any

/** With a field that nobody knows in each object that is the protocol's own. */
function withMore(text: string): string {
  return JSON.stringify(
    JSON.parse(text, (key, value) => {
      const isObject = value !== null && typeof value === 'object' && !Array.isArray(value)
      return isObject && key !== 'environment' ? { ...value, later: [{}] } : value
    })
  )
}

t.test('what one end writes the other end reads, under the id it was given', async t => {
  const text = agentCodec.encode('command.ack', { id: '0191b2c4-1111-7000-8000-000000000001' }, 'a')
  t.match(panelCodec.decode(text), { kind: 'message', message: { id: 'a', type: 'command.ack' } })
  t.match(agentCodec.decode(text), { kind: 'refused' }, 'an end does not read its own messages')
})

t.test('a refusal says which message and which field', async t => {
  const envelope = (type: unknown, body: unknown, rest = {}) =>
    JSON.stringify({ v: 1, id: 'a', type, body, ...rest })
  const refused: [string, RegExp][] = [
    ['{', /not a message envelope/],
    ['null', /not a message envelope/],
    ['[]', /not a message envelope/],
    [envelope(7, {}), /not a message envelope/],
    [envelope('nope', {}), /unknown type nope/],
    [envelope('nope', {}, { must: true }), /unknown type nope/],
    [envelope('constructor', {}), /unknown type constructor/],
    [envelope('command.ack', {}), /command\.ack\/id/],
    [envelope('command.ack', { id: '../etc' }), /command\.ack\/id/],
    [envelope('heartbeat', { resources: { cpuCores: -1 } }), /heartbeat\/resources/],
    [envelope('command.result', { id: 'x', outcome: { status: 'MAYBE' } }), /command\.result/]
  ]
  for (const [text, reason] of refused) {
    t.match(panelCodec.decode(text), { kind: 'refused', reason }, text.slice(0, 60))
  }
})

t.test('what is nested without end is refused before anybody has to write it again', async t => {
  const nested = (depth: number, extra = '') =>
    `{"v":1,"id":"1","type":"command.ack","body":{"id":"0191b2c4-1111-7000-8000-000000000001","x":${extra}${'['.repeat(depth)}${']'.repeat(depth)}}}`
  t.match(panelCodec.decode(nested(62)), { kind: 'message' }, 'the envelope and the body count')
  t.match(panelCodec.decode(nested(63)), { kind: 'refused', reason: /deep/ })
  t.match(panelCodec.decode(nested(30_000)), { kind: 'refused', reason: /deep/ })
  const rows: [string, 'message' | 'refused'][] = [
    [JSON.stringify('['.repeat(1_000)), 'message'],
    [JSON.stringify(`\\"${'{'.repeat(1_000)}`), 'message'],
    [JSON.stringify('\\'), 'message'],
    [`["\\\\",${'['.repeat(63)}${']'.repeat(63)}]`, 'refused']
  ]
  for (const [value, kind] of rows) {
    const text = nested(0).replace('"x":', `"x":${value}`)
    t.equal(panelCodec.decode(text).kind, kind, value.slice(0, 20))
  }
  const many = JSON.stringify(Array.from({ length: 1_000 }, () => [{}]))
  t.match(panelCodec.decode(nested(0).replace('"x":', `"x":${many}`)), { kind: 'message' })
})

t.test('a newer peer may add optional messages and fields', async t => {
  t.same(panelCodec.decode(JSON.stringify({ v: 9, id: 'a', type: 'new', must: false, body: 1 })), {
    kind: 'ignored',
    type: 'new'
  })
  const body = { id: '0191b2c4-1111-7000-8000-000000000001', colour: 'green' }
  const text = JSON.stringify({ v: 9, id: 'a', type: 'command.ack', body })
  t.match(panelCodec.decode(text), { kind: 'message' })
})

t.test('the version is the newest that both speak', async t => {
  const rows: [[number, number], [number, number], number | undefined][] = [
    [[1, 1], [1, 1], 1],
    [[1, 3], [2, 5], 3],
    [[2, 3], [1, 1], undefined],
    [[1, 1], [2, 2], undefined]
  ]
  for (const [[min, max], [theirMin, theirMax], agreed] of rows) {
    t.equal(agreeVersion({ min, max }, { min: theirMin, max: theirMax }), agreed)
  }
})

t.test('a long list is cut into messages that fit, and nothing is lost', async t => {
  const items = Array.from({ length: 500 }, (_, index) => ({ index, text: 'x'.repeat(index) }))
  const batches = batchesOf(items, 4_096)
  t.same(batches.flat(), items)
  for (const batch of batches) t.ok(Buffer.byteLength(JSON.stringify(batch)) <= 4_098)
  t.same(batchesOf([], 10), [[]])
  t.same(batchesOf(['longer than that'], 4), [['longer than that']])
})

t.test('the digest tells a changed state and not a changed order', async t => {
  const report = (serverId: string, state: ServerReport['state']): ServerReport => ({
    ...absentReport(serverId),
    state
  })
  const one = report('a', 'RUNNING')
  const two = report('b', 'STOPPED')
  t.equal(digestOf([one, two]), digestOf([two, one]))
  t.not(digestOf([one, two]), digestOf([one, { ...two, state: 'RUNNING' }]))
  t.equal(digestOf([one]), digestOf([one, report('c', 'ABSENT')]), 'what is not there counts not')
})
