import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { configKeys, loadConfig } from '../src/config.ts'

t.test('without any key the panel stays on this machine', async t => {
  const config = loadConfig({})
  t.match(config, { port: 8080, host: '127.0.0.1', databaseUrl: undefined, trustedProxies: [] })
  t.match(config.dataDir, /^\/.*\/data$/)
})

t.test('where it listens follows from where others reach it', async t => {
  t.equal(loadConfig({ PUBLIC_URL: 'https://panel.example.org' }).host, '0.0.0.0')
  t.equal(loadConfig({ PUBLIC_URL: 'http://localhost:8080' }).host, '127.0.0.1')
  t.equal(loadConfig({ PUBLIC_URL: 'https://panel.example.org', HOST: '::1' }).host, '::1')
  for (const [given, publicUrl] of [
    ['https://panel.example.org/', 'https://panel.example.org'],
    ['https://Panel.Example.org:443', 'https://panel.example.org'],
    ['http://[::1]:80', 'http://[::1]'],
    ['https://panel.example.org:8443/', 'https://panel.example.org:8443']
  ]) {
    t.equal(loadConfig({ PUBLIC_URL: given }).publicUrl, publicUrl)
  }
})

t.test('each key takes what it should', async t => {
  const config = loadConfig({
    PORT: '0',
    TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8,fd00::/8',
    ADMIN_PASSWORD: 'twelve chars',
    DATABASE_URL: 'postgres://u:p@h/d',
    SESSION_IDLE_HOURS: '0.5',
    SESSION_IP_POLICY: 'strict',
    LOCAL_NODE: '1',
    SAMPLE_DATA: 'true',
    LOG_LEVEL: 'debug',
    TLS_CERT_FILE: '/c',
    TLS_KEY_FILE: '/k',
    HOST: ''
  })
  t.match(config, {
    port: 0,
    host: '127.0.0.1',
    trustedProxies: ['127.0.0.1', '10.0.0.0/8', 'fd00::/8'],
    session: { idleMs: 1_800_000, ipPolicy: 'strict' },
    localNode: true,
    sampleData: true,
    logLevel: 'debug',
    tls: { certFile: '/c', keyFile: '/k' }
  })
})

t.test(
  'a wrong key is refused by name, with what would be right, and no secret is repeated',
  async t => {
    const wrong: [string, string][] = [
      ['PORT', 'abc'],
      ['PORT', '70000'],
      ['PORT', '80.5'],
      ['HOST', 'a b'],
      ['PUBLIC_URL', 'panel.example.org'],
      ['PUBLIC_URL', 'https://panel.example.org/sub'],
      ['PUBLIC_URL', 'ftp://panel.example.org'],
      ['PUBLIC_URL', 'http://:80'],
      ['TRUSTED_PROXIES', 'loopback'],
      ['TRUSTED_PROXIES', '0.0.0.0/0'],
      ['TRUSTED_PROXIES', '10.0.0.0/33'],
      ['TRUSTED_PROXIES', '10.0.0'],
      ['DATABASE_URL', 'mysql://h/d'],
      ['DATABASE_POOL_SIZE', '1'],
      ['DATABASE_SLOW_STATEMENT_MS', '-1'],
      ['ADMIN_USERNAME', 'me@home'],
      ['ADMIN_EMAIL', 'me'],
      ['ADMIN_PASSWORD', 'short'],
      ['ADMIN_PASSWORD', 'x'.repeat(73)],
      ['SESSION_SECRET', 'too short'],
      ['SESSION_IDLE_HOURS', '0'],
      ['SESSION_LIFETIME_HOURS', 'ever'],
      ['SESSION_IP_POLICY', 'exact'],
      ['RATE_LIMIT_PER_MINUTE', '-1'],
      ['METRICS_TOKEN', 'short'],
      ['LOG_LEVEL', 'loud'],
      ['LOCAL_NODE', 'perhaps'],
      ['SAMPLE_DATA', '2'],
      ['TLS_CERT_FILE', '/c']
    ]
    for (const [key, value] of wrong) {
      const named = key === 'TLS_CERT_FILE' ? 'TLS_KEY_FILE' : key
      t.throws(
        () => loadConfig({ [key]: value }),
        { message: new RegExp(`^${named} must be `) },
        `${key}=${value}`
      )
    }
    t.throws(() => loadConfig({ PORT: 'a', LOG_LEVEL: 'b' }), { message: /PORT.*\n.*LOG_LEVEL/ })
    for (const key of ['ADMIN_PASSWORD', 'SESSION_SECRET', 'METRICS_TOKEN', 'DATABASE_URL']) {
      const message = messageOf(() => loadConfig({ [key]: 'hunter2' }))
      t.notMatch(message, /hunter2/, key)
    }
  }
)

t.test("the database's password may come from a file", async t => {
  const file = join(t.testdir(), 'password')
  const bare = 'postgresql://panel@db.example:5433/games?sslmode=require'
  const load = (text: string, url: string | undefined = bare) => {
    writeFileSync(file, text)
    return loadConfig({ DATABASE_URL: url, DATABASE_PASSWORD_FILE: file }).databaseUrl
  }
  t.equal(load('hunter2\n'), 'postgresql://panel:hunter2@db.example:5433/games?sslmode=require')
  for (const odd of ['a/b@c:d', '100%41', ' blank ', 'ä€?#[', "'$&"]) {
    const url = new URL(load(`${odd}\r\n`) ?? '')
    t.equal(decodeURIComponent(url.password), odd, 'every character of it')
    t.equal(url.hostname, 'db.example')
  }
  const rule = /^DATABASE_PASSWORD_FILE must be the path of a file/
  for (const [text, url, why] of [
    ['\n', bare, /is empty/],
    ['hunter2', 'postgresql://panel:another@db.example/games', rule],
    ['hunter2', 'postgresql://db.example/games', rule],
    ['hunter2', 'postgresql:///games?host=/run/postgresql', rule],
    ['hunter2', '', rule]
  ] as const) {
    const message = messageOf(() => load(text, url))
    t.match(message, rule)
    t.match(message, why)
    t.notMatch(message, /hunter2|another/)
  }
  const missing = { DATABASE_URL: bare, DATABASE_PASSWORD_FILE: '/nowhere/password' }
  t.match(
    messageOf(() => loadConfig(missing)),
    /^DATABASE_PASSWORD_FILE must be .* \/nowhere\/password cannot be read \(ENOENT/
  )
  t.equal(loadConfig({ DATABASE_URL: bare }).databaseUrl, bare, 'without it the URL stays as it is')
})

t.test("the README's table is the configuration's own", async t => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
  const [, table = ''] =
    /<!-- configuration -->\n([\s\S]*?)<!-- \/configuration -->/.exec(readme) ?? []
  const wanted = [
    '| variable | default | what it does |',
    '|---|---|---|',
    ...configKeys.map(({ key, default: standard, description }) => {
      return `| \`${key}\` | ${standard && `\`${standard}\``} | ${description} |`
    })
  ].join('\n')
  t.equal(table.trim(), wanted)
})

function messageOf(act: () => unknown): string {
  try {
    act()
    return ''
  } catch (err) {
    return err instanceof Error ? err.message : String(err)
  }
}
