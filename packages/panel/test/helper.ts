import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import type { Test } from 'tap'
import { loadPanelIdentity, type PanelIdentity } from '../src/agents/identity-file.ts'
import { type AppDeps, buildApp } from '../src/app.ts'
import { type Config, loadConfig } from '../src/config.ts'
import { type Database, openDatabase } from '../src/db/client.ts'
import { createPasswords } from '../src/features/auth/passwords.ts'
import { cheapPasswords, freshDatabase, testAdmin } from './test-database.ts'
import { testVault } from './test-vault.ts'

// biome-ignore lint/suspicious/noExplicitAny: the tests read answers as a stranger would
export type Json = any
type Built = Awaited<ReturnType<typeof buildApp>>
export type App = Built['app']

export interface TestPanel {
  app: App
  link: Built['link']
  creation: Built['creation']
  leaving: Built['leaving']
  identity: PanelIdentity
  url: string
  db: Database
  databaseUrl: string
  config: Config
  /** Everything that was logged, as lines of JSON. */
  logged(): string
}

export interface TestPanelOptions {
  /** Keys of the environment. */
  env?: Record<string, string>
  /** Shares the database of another panel, as after a restart. */
  databaseUrl?: string
  /** Of another panel, so that its agents come back to this one. */
  identity?: PanelIdentity
  link?: NonNullable<AppDeps['link']>
  /** Hashed at the product's cost; else cheaply, for a test logs in all the time. */
  realPasswords?: boolean
  /** Another than all tests have. */
  vault?: AppDeps['vault']
  mailTiming?: NonNullable<AppDeps['mailTiming']>
  publicNet?: NonNullable<AppDeps['publicNet']>
  onRoute?: NonNullable<AppDeps['onRoute']>
  /** Routes besides the panel's own, e.g. one that fails. */
  routes?: (app: App) => void
}

/** A whole panel on a database of its own and a real port; all of it goes with the test. */
export async function buildPanel(t: Test, options: TestPanelOptions = {}): Promise<TestPanel> {
  const databaseUrl = options.databaseUrl ?? (await freshDatabase(t)).url
  const dataDir = await mkdtemp(join(tmpdir(), 'cap-panel-'))
  const config = loadConfig({ DATA_DIR: dataDir, PORT: '0', ...options.env })
  const db = openDatabase({ url: databaseUrl, poolSize: 5 })
  const lines: string[] = []
  const address = { url: '' }
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
  const identity = options.identity ?? (await loadPanelIdentity(dataDir))
  const { app, ...parts } = await buildApp({
    ...{ config, db, log, identity },
    ...(options.link && { link: options.link }),
    ...(options.mailTiming && { mailTiming: options.mailTiming }),
    ...(options.publicNet && { publicNet: options.publicNet }),
    ...(options.onRoute && { onRoute: options.onRoute }),
    passwords: options.realPasswords ? createPasswords() : createPasswords(cheapPasswords),
    publicUrl: () => address.url,
    secret: 'a secret of the tests, long enough for all',
    vault: options.vault ?? testVault
  })
  options.routes?.(app)
  t.teardown(async () => {
    await app.close()
    await db.close()
    await rm(dataDir, { recursive: true, force: true })
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  address.url = url
  const logged = () => lines.join('')
  return { app, ...parts, identity, url, db, databaseUrl, config, logged }
}

interface Answer {
  status: number
  body: Json
  headers: Headers
}

export interface Person {
  cookie: string
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>
  ): Promise<Answer>
}

/** Sends as a browser on the panel's own pages does, and keeps the cookie. */
export function stranger(url: string, cookie = ''): Person {
  const person: Person = {
    cookie,
    async request(method, path, body, headers = {}) {
      const response = await fetch(url + path, {
        method,
        headers: {
          origin: url,
          ...(person.cookie && { cookie: person.cookie }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers
        },
        ...(body !== undefined && {
          body: typeof body === 'string' ? body : JSON.stringify(body)
        })
      })
      for (const set of response.headers.getSetCookie()) {
        person.cookie = set.split(';')[0] ?? ''
      }
      const text = await response.text()
      const isJson = response.headers.get('content-type')?.includes('/json') && text !== ''
      return {
        status: response.status,
        body: isJson ? JSON.parse(text) : text,
        headers: response.headers
      }
    }
  }
  return person
}

/** Logs in; the administrator unless told otherwise. */
export async function login(
  panel: Pick<TestPanel, 'url'>,
  username = testAdmin.username,
  password = testAdmin.password
): Promise<Person> {
  const person = stranger(panel.url)
  const answer = await person.request('POST', '/api/v1/auth/login', { username, password })
  if (answer.status !== 200) throw new Error(`login: ${JSON.stringify(answer.body)}`)
  return person
}

/** A further user with a role; the password is the administrator's, so that nothing is hashed again. */
export async function addUser(
  { db }: Pick<TestPanel, 'db'>,
  options: { username: string; roleName?: string; mustChangePassword?: boolean }
): Promise<{ id: string; username: string }> {
  const { username, roleName = 'USER', mustChangePassword = false } = options
  const admin = await db.prisma.user.findFirstOrThrow({ where: { username: testAdmin.username } })
  const role = await db.prisma.role.findUniqueOrThrow({ where: { name: roleName } })
  return db.prisma.user.create({
    data: {
      username,
      email: `${username}@example.invalid`,
      passwordHash: admin.passwordHash,
      mustChangePassword,
      roleId: role.id
    }
  })
}

/** Asks again and again until the probe gives a value; fails with what did not happen. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = 10_000
): Promise<T> {
  const end = Date.now() + deadlineMs
  for (;;) {
    const value = await probe()
    if (value !== undefined && value !== false) return value
    if (Date.now() > end) throw new Error(`${what}: it did not happen in ${deadlineMs} ms`)
    await pause(20)
  }
}
