import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { createLinkProxy } from './world/link-proxy.ts'
import { until } from './world/until.ts'
import type { Teardown } from './world/world.ts'

t.test('a healthy proxy passes everything as it came, and counts it', async t => {
  const { proxy, dial, heard } = await echoBehindProxy(t)
  const { socket, received } = await dial()
  const large = Buffer.alloc(200_000, 'x')
  socket.send('one')
  socket.send(large)
  socket.send('three')
  await until('all are answered', () => received.length === 3)
  t.strictSame(received.map(String), ['one', String(large), 'three'])
  t.strictSame(heard.map(String), ['one', String(large), 'three'])
  t.equal(proxy.passed('toPanel').messages, 3)
  t.ok(proxy.passed('toAgent').bytes > large.length)
  t.equal(proxy.captured('toPanel').length, 3)
  t.equal(proxy.connections(), 1)
})

t.test('slow: late, uneven and narrow, each direction by itself and while it runs', async t => {
  const { proxy, dial } = await echoBehindProxy(t)
  const { socket, received } = await dial()
  const roundTrip = async (text: string | Buffer) => {
    const count = received.length
    const began = performance.now()
    socket.send(text)
    await until('the answer comes', () => received.length > count, { everyMs: 2 })
    return performance.now() - began
  }
  t.ok((await roundTrip('quick')) < 150, 'nothing is slow yet')
  proxy.make('toPanel', { latencyMs: 200 })
  const oneWay = await roundTrip('late')
  t.ok(oneWay >= 195 && oneWay < 380, `late on the way there: ${oneWay} ms`)
  proxy.make('toAgent', { latencyMs: 100, jitterMs: 100 })
  const twoWays = await roundTrip('later')
  t.ok(twoWays >= 295 && twoWays < 600, `and on the way back: ${twoWays} ms`)
  proxy.heal()
  t.ok((await roundTrip('quick')) < 150, 'healed')

  proxy.make('toPanel', { bytesPerSecond: 50_000 })
  const narrow = await roundTrip(Buffer.alloc(25_000))
  t.ok(narrow > 400 && narrow < 1_200, `25 kB at 50 kB/s: ${narrow} ms`)
})

t.test('in silence: what is stalled comes later, what is swallowed never', async t => {
  const { proxy, dial, heard, server } = await echoBehindProxy(t)
  const { socket, received } = await dial()
  proxy.make('both', { stall: true })
  socket.send('waits')
  const idle = await Promise.race([
    once(socket, 'message').then(() => 'came'),
    once(AbortSignal.timeout(300), 'abort').then(() => 'silence')
  ])
  t.equal(idle, 'silence')
  proxy.heal()
  await until('it comes after all', () => received.length === 1)

  proxy.make('toAgent', { swallow: true })
  socket.send('one way')
  await until('it is heard', () => heard.length === 2)
  proxy.heal()
  socket.send('still one way')
  await until('it is heard too', () => heard.length === 3)
  const other = await dial()
  other.socket.send('another road')
  await until('the new one is whole', () => other.received.length === 1)
  t.equal(received.length, 1, 'no answer ever came on the first')

  proxy.make('toPanel', { swallow: true })
  socket.terminate()
  await until('the agent is gone', () => socket.readyState === WebSocket.CLOSED)
  t.equal(server.clients.size, 2, 'the other end keeps its sockets and knows nothing')
})

t.test('mischief with messages: twice, swapped, from before, lost, spoilt', async t => {
  const { proxy, dial, heard } = await echoBehindProxy(t)
  const rows = [
    { faults: { duplicate: 1 }, says: ['a', 'b'], hears: ['a', 'a', 'b', 'b'] },
    { faults: { reorder: 1 }, says: ['a', 'b', 'c', 'd'], hears: ['b', 'a', 'd', 'c'] },
    { faults: { drop: 1 }, says: ['a', 'b'], hears: [] }
  ]
  for (const { faults, says, hears } of rows) {
    const { socket } = await dial()
    heard.length = 0
    const before = proxy.passed('toPanel').messages
    proxy.make('toPanel', faults)
    for (const text of says) socket.send(text)
    await until('all came in', () => proxy.passed('toPanel').messages === before + says.length)
    proxy.heal()
    socket.send('end')
    await until('the end is heard', () => heard.map(String).includes('end'))
    const expected = hears.length === 0 ? ['end'] : [...hears, 'end']
    t.strictSame(heard.map(String), expected, JSON.stringify(faults))
    socket.close()
  }

  const { socket } = await dial()
  heard.length = 0
  proxy.make('toPanel', { replay: 1 })
  socket.send('new')
  await until('something old came again', () => heard.length === 2)
  proxy.heal()
  const [first] = proxy.captured('toPanel')
  if (first) proxy.inject('toPanel', first)
  await until('and by hand', () => heard.length === 3)

  for (const faults of [{ garbage: 1 }, { truncate: 1 }]) {
    const spoilt = await dial()
    proxy.make('toPanel', faults)
    spoilt.socket.send('x'.repeat(1_000))
    spoilt.socket.send('y'.repeat(1_000))
    await until('the other end gives up', () => spoilt.socket.readyState === WebSocket.CLOSED)
    proxy.heal()
  }
  t.ok(proxy.open() >= 1, 'other connections live on')
})

t.test('cut and refused: as a crash, as a good-bye, and at the door', async t => {
  const { proxy, dial, url } = await echoBehindProxy(t)
  for (const how of ['reset', 'finish'] as const) {
    const { socket } = await dial()
    const closed = once(socket, 'close')
    proxy.cut(how)
    const [code] = await closed
    t.equal(code, 1006, `${how}: gone without a close frame`)
    t.equal(proxy.open(), 0)
  }
  proxy.refuse(true)
  const refused = new WebSocket(url)
  const [err] = await once(refused, 'error')
  t.match(err, { code: 'ECONNRESET' })
  t.equal(proxy.connections(), 2, 'it was not counted')
  proxy.refuse(false)
  t.ok((await dial()).socket.readyState === WebSocket.OPEN)
})

async function echoBehindProxy(t: Teardown) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const heard: Buffer[] = []
  server.on('connection', socket => {
    socket.on('error', () => undefined)
    socket.on('message', data => {
      heard.push(data as Buffer)
      socket.send(data as Buffer)
    })
  })
  const { port } = server.address() as AddressInfo
  const proxy = await createLinkProxy(t, { targetPort: port })
  const url = `ws://127.0.0.1:${proxy.port}`
  t.teardown(() => {
    for (const client of server.clients) client.terminate()
    server.close()
  })

  async function dial() {
    const socket = new WebSocket(url)
    const received: Buffer[] = []
    socket.on('error', () => undefined)
    socket.on('message', data => received.push(data as Buffer))
    await once(socket, 'open')
    t.teardown(() => socket.terminate())
    return { socket, received }
  }
  return { server, proxy, url, dial, heard }
}
