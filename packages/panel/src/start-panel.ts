import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { localUrl, publicUrl } from './addresses.ts'
import { loadPanelIdentity } from './agents/identity-file.ts'
import { buildApp } from './app.ts'
import type { Config } from './config.ts'
import { prepareDataFolder } from './data-folder.ts'
import { openDatabase } from './db/client.ts'
import { migrate } from './db/migrate.ts'
import { runRetention } from './db/retention.ts'
import { poolProblem, readServerRoom } from './db/server-room.ts'
import { createPasswords } from './features/auth/passwords.ts'
import { createLocalNodeRepo } from './features/local-node/local-node.repo.ts'
import { type LocalNode, openLocalNode } from './features/local-node/local-node.ts'
import { type FirstAdmin, seedPanel } from './first-admin.ts'
import { loadSecret } from './secret-file.ts'
import { keysFileOf, openVault } from './secrets/open-vault.ts'
import type { Stops } from './stops.ts'

export interface RunningPanel {
  /** Where this machine reaches it. */
  url: string
  database: 'embedded' | 'external'
  /** Made by this start. */
  admin: FirstAdmin | undefined
  /** This machine as a node, when LOCAL_NODE asks for it. */
  localNode: LocalNode | undefined
}

const DAY_MS = 24 * 3_600_000

/** Database, migrations, the app, its port, in this order; each leaves its stop with `stops`. */
export async function startPanel(
  config: Config,
  log: FastifyBaseLogger,
  stops: Stops
): Promise<RunningPanel> {
  await prepareDataFolder(config.dataDir)
  const tls = config.tls && (await readTls(config.tls))
  const secret = config.sessionSecret ?? (await loadSecret(config.dataDir, 'session-secret'))
  const databaseUrl = config.databaseUrl ?? (await startOwnDatabase(config, log, stops))
  await migrate({ url: databaseUrl, log })

  const db = openDatabase({
    url: databaseUrl,
    poolSize: config.databasePoolSize,
    onError: err => log.warn({ err }, 'a connection to the database broke')
  })
  stops.add('database pool', () => db.close())
  const problem = poolProblem(config.databasePoolSize, await readServerRoom(db.pool))
  if (problem) throw new Error(problem)
  const vault = await openVault({ path: keysFileOf(config), db: db.pool, secret, log })
  const passwords = createPasswords()
  const address = { port: config.port }
  const identity = await loadPanelIdentity(config.dataDir)
  const { app, link, creation } = await buildApp({
    ...{ config, db, log, passwords, secret, vault, identity },
    publicUrl: () => publicUrl(config, address.port),
    ...(tls && { tls })
  })
  stops.add('app', () => app.close())
  await app.listen({ host: config.host, port: config.port })
  address.port = (app.server.address() as AddressInfo).port
  // Only now: a one-time password is made once, and a panel that cannot listen could not tell it.
  const admin = await seedPanel(config, db, passwords)
  stops.add('retention', startRetention(databaseUrl, log))
  const localNode = config.localNode
    ? await openLocalNode({
        dataDir: config.dataDir,
        repo: createLocalNodeRepo(db),
        agents: link.agents,
        enrollment: link.enrollment,
        creation
      })
    : undefined
  return {
    localNode,
    url: localUrl(config, address.port),
    database: config.databaseUrl ? 'external' : 'embedded',
    admin
  }
}

async function startOwnDatabase(
  config: Config,
  log: FastifyBaseLogger,
  stops: Stops
): Promise<string> {
  const { startEmbeddedPostgres } = await import('./db/embedded.ts')
  const postgres = await startEmbeddedPostgres({ dir: join(config.dataDir, 'postgres'), log })
  stops.add('embedded PostgreSQL', () => postgres.stop())
  return postgres.url
}

async function readTls({ certFile, keyFile }: { certFile: string; keyFile: string }) {
  const read = (key: string, file: string) =>
    readFile(file, 'utf8').catch((err: Error) => {
      throw new Error(`${key}: ${file} cannot be read (${err.message})`, { cause: err })
    })
  return { cert: await read('TLS_CERT_FILE', certFile), key: await read('TLS_KEY_FILE', keyFile) }
}

/** Removes old records now and then daily; what fails is tried again the next day. */
function startRetention(databaseUrl: string, log: FastifyBaseLogger): () => Promise<void> {
  let running: Promise<unknown> = Promise.resolve()
  const run = () => {
    running = runRetention(databaseUrl).catch((err: unknown) => {
      log.warn({ err }, 'could not remove old records')
    })
  }
  run()
  const timer = setInterval(run, DAY_MS)
  timer.unref()
  return async () => {
    clearInterval(timer)
    await running
  }
}
