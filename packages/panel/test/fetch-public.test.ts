import { gzipSync } from 'node:zlib'
import t from 'tap'
import { createFetchPublic, fetchTurns } from '../src/net/fetch-public.ts'
import { isPublicAddress } from '../src/net/public-address.ts'
import { until } from './helper.ts'
import { startHttps } from './https-server.ts'

const limits = { bytes: 10_000, timeoutMs: 10_000 }
const notPublic = /does not lead to a machine of the public internet/

t.test('sixty 17: addresses of the public internet, and all the others', async t => {
  for (const address of ['1.1.1.1', '93.184.216.34', '172.32.0.1', '2606:4700::1111']) {
    t.ok(isPublicAddress(address), address)
  }
  for (const address of [
    ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '100.64.0.1', '100.127.255.255', '127.0.0.1'],
    ...['127.255.255.254', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.8'],
    ...['192.0.2.1', '192.88.99.1', '192.168.1.1', '198.18.0.1', '198.51.100.7', '203.0.113.1'],
    ...['224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255', '::', '::1'],
    ...['::ffff:127.0.0.1', '::ffff:1.1.1.1', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::1'],
    ...['fc00::1', 'fd12:3456::1', 'fe80::1', 'fec0::1', 'ff02::1', '100::1', '2001::1'],
    ...['2001:db8::1', '2002:7f00:1::', '3fff::1', 'games.test', '']
  ]) {
    t.notOk(isPublicAddress(address), address)
  }
})

t.test('sixty 17: however an address is written, nothing private is asked', async t => {
  const fetchPublic = createFetchPublic()
  for (const host of [
    ...['127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '0', '[::1]', '[::]'],
    ...['[::ffff:127.0.0.1]', '[0:0:0:0:0:ffff:7f00:1]', '[64:ff9b::7f00:1]', '169.254.169.254'],
    ...['①②⑦.0.0.1', '127。0。0。1', '10.0.0.1', '192.168.0.1', '100.64.0.1', '[fe80::1]']
  ]) {
    await t.rejects(fetchPublic(`https://${host}/x`, limits), { message: notPublic }, host)
  }
  for (const [url, reason] of [
    ['http://games.test/x', /must begin with https/],
    ['file:///etc/passwd', /must begin with https/],
    ['gopher://games.test/', /must begin with https/],
    ['https://user:secret@games.test/', /must not hold a password/],
    ['https://games.test:22/', /another port than 443/],
    ['https://games.test:8443/', /another port than 443/],
    ['//games.test', /is no web address/],
    [`https://games.test/${'x'.repeat(3_000)}`, /is no web address/]
  ] as const) {
    await t.rejects(fetchPublic(url, limits), { name: 'NotFetched', message: reason }, url)
  }
})

t.test(
  'sixty 20: a public file is fetched for whoever names it, and nothing of ours is told',
  async t => {
    const seen: unknown[] = []
    const server = await startHttps(t, (request, answer) => {
      seen.push(request.headers)
      if (request.url === '/moved') return answer.writeHead(302, { location: '/eggs/a?b=c' }).end()
      answer.end(`hello ${request.url}`)
    })
    const fetchPublic = createFetchPublic(server.net)
    t.equal(String(await fetchPublic(server.url('/a'), limits)), 'hello /a')
    t.equal(String(await fetchPublic(server.url('/moved'), limits)), 'hello /eggs/a?b=c')
    for (const headers of seen as Record<string, string>[]) {
      t.same(Object.keys(headers).sort(), [
        ...['accept', 'accept-encoding', 'connection', 'host', 'user-agent']
      ])
    }
  }
)

t.test('sixty 18, 19: names and redirects that lead astray', async t => {
  const server = await startHttps(t, (request, answer) => {
    const location = decodeURIComponent(request.url?.slice(1) ?? '')
    answer.writeHead(302, { location }).end('a secret answer')
  })
  const { net, names, asked } = server
  const fetchPublic = createFetchPublic(net)
  const at = (host: string, path = '/') => server.url(path).replace('games.test', host)

  names.set('inside.test', [['10.0.0.7']])
  names.set('both.test', [['127.0.0.1', '192.168.0.9']])
  names.set('nobody.test', [[]])
  for (const host of ['inside.test', 'both.test', 'nobody.test']) {
    await t.rejects(fetchPublic(at(host), limits), { message: notPublic }, host)
  }
  t.equal(server.connections(), 0, 'nobody was asked')

  const astray: [string, RegExp][] = [
    ['https://10.0.0.1/', /another port|public internet/],
    [at('inside.test'), notPublic],
    [at('[::1]'), notPublic],
    ['http://games.test/', /must begin with https/],
    ['file:///etc/passwd', /must begin with https/],
    ['gopher://games.test/', /must begin with https/],
    [at('user:secret@games.test'), /must not hold a password/],
    ['https://games.test:22/', /another port/],
    ['http://[', /is no web address|could not/],
    ['', /more than 3 times|could not/]
  ]
  for (const [location, reason] of astray) {
    const from = server.url(`/${encodeURIComponent(location)}`)
    const failed = await fetchPublic(from, limits).then(
      () => undefined,
      (err: Error) => err
    )
    t.match(failed, { name: 'NotFetched', message: reason }, location)
    t.notMatch(String(failed), /a secret answer/)
  }
  await t.rejects(fetchPublic(server.url('/%2Floop'), limits), { message: /more than 3 times/ })

  // The name leads elsewhere once it was checked: the connection goes to what was checked.
  names.set('games.test', [['127.0.0.1'], ['10.0.0.1']])
  asked.length = 0
  await t.rejects(fetchPublic(server.url('/x'), limits), { message: notPublic })
  t.same(asked, ['games.test', 'games.test'], 'once for each step')
})

t.test('what is too large, too slow, packed or none', async t => {
  let drips = 0
  const server = await startHttps(t, (request, answer) => {
    switch (request.url) {
      case '/long':
        return answer.setHeader('content-length', '10001').end('x'.repeat(10_001))
      case '/endless': {
        const drip = () => {
          drips++
          if (!answer.destroyed) answer.write('x'.repeat(4_000), drip)
        }
        return drip()
      }
      case '/silent':
        return
      case '/slow':
        return void answer.write('x')
      case '/packed':
        return answer.setHeader('content-encoding', 'gzip').end(gzipSync('x'.repeat(1_000_000)))
      case '/gone':
        return answer.writeHead(404).end('a secret answer')
      default:
        return answer.end('x'.repeat(10_000))
    }
  })
  const fetchPublic = createFetchPublic(server.net)
  t.equal((await fetchPublic(server.url('/'), limits)).length, 10_000, 'just as much as may be')
  for (const [path, reason] of [
    ['/long', /more than 9 KiB/],
    ['/endless', /more than 9 KiB/],
    ['/packed', /packed form/],
    ['/gone', /^answers with status 404$/]
  ] as const) {
    await t.rejects(fetchPublic(server.url(path), limits), { message: reason }, path)
  }
  t.ok(drips < 1_000, 'it is not read to an end that it does not have')
  for (const path of ['/silent', '/slow']) {
    const hasty = { ...limits, timeoutMs: 300 }
    await t.rejects(
      fetchPublic(server.url(path), hasty),
      { message: /did not answer within 0.3 s/ },
      path
    )
  }
  server.names.set('other.test', [['127.0.0.1']])
  const other = server.url('/').replace('games.test', 'other.test')
  await t.rejects(fetchPublic(other, limits), { message: /no valid certificate/ })
  const strict = createFetchPublic({ ...server.net, ca: undefined } as never)
  await t.rejects(strict(server.url('/'), limits), { message: /no valid certificate/ })
  server.net.resolve = () => new Promise(() => {})
  await t.rejects(
    fetchPublic(server.url('/'), { ...limits, timeoutMs: 300 }),
    { message: /did not answer within/ },
    'a name server that says nothing'
  )
})

t.test('so many at once, so many wait, and one more is told to come again', async t => {
  const held: (() => void)[] = []
  let isOpen = false
  const server = await startHttps(t, (_, answer) => {
    if (isOpen) answer.end('late')
    else held.push(() => answer.end('late'))
  })
  const fetchPublic = createFetchPublic(server.net)
  const { atOnce, maxWaiting } = fetchTurns
  const ask = () => fetchPublic(server.url('/'), limits)
  const all = Array.from({ length: atOnce + maxWaiting }, ask)
  await until('the first are asked', async () => held.length === atOnce)
  await t.rejects(ask(), { code: 'TOO_MANY_REQUESTS' })
  t.equal(server.connections(), atOnce)
  isOpen = true
  for (const release of held) release()
  t.same(
    (await Promise.all(all)).map(String),
    all.map(() => 'late')
  )
  t.equal(String(await ask()), 'late', 'and then there is room again')
})
