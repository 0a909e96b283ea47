import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installPackages, which, whyNoApt } from './apt.mjs'
import { ensureDockerEngine } from './docker-engine.mjs'
import { root, setting } from './environment.mjs'
import { ensureImage, images } from './images.mjs'
import { startRegistry } from './registry.mjs'

/** Programs that the end-to-end tests call, and the Debian packages that bring them. */
const dockerPrograms = {
  ip: 'iproute2',
  nsenter: 'util-linux',
  iptables: 'iptables',
  docker: 'docker-cli',
  'docker-compose': 'docker-compose',
  'docker-registry': 'docker-registry',
  faketime: 'faketime',
  // The program is not called: its package brings Autobahn, a WebSocket library that is not ours.
  wamp: 'python3-autobahn'
}

/** For servers with certificates. */
const plainPrograms = { openssl: 'openssl' }

const browserPrograms = { chromium: 'chromium' }

const pgbackrestPrograms = {
  pgbackrest: 'pgbackrest',
  pg_ctlcluster: 'postgresql',
  faketime: 'faketime'
}

/**
 * The real parts that the tests run against: PostgreSQL, Docker, game images, an image registry and,
 * when asked for, a browser, Debian's image and pgBackRest. Returns { env, missing, browserMissing,
 * debianMissing, pgbackrestMissing, stop }; the four say in words what could not be had.
 */
export async function prepareTestWorld(
  context,
  { withBrowser = false, withDebian = false, withPgbackrest = false } = {}
) {
  const stops = []
  const stop = async () => {
    for (const one of stops.reverse()) await one()
  }
  try {
    const given = setting('TEST_DATABASE_URL')
    const database = given
      ? { url: given, stop: async () => {} }
      : await context.step('Starting PostgreSQL for the tests', startDatabase)
    stops.push(database.stop)
    await ensurePrograms(plainPrograms, context)
    const docker = await prepareDocker(context, stops)
    const missing = docker.missing
    const browserMissing = withBrowser ? await ensurePrograms(browserPrograms, context) : undefined
    const debianMissing =
      withDebian && docker.engine
        ? await ensureImage(docker.engine, images.debian, context)
        : undefined
    const pgbackrestMissing = withPgbackrest
      ? await ensurePrograms(pgbackrestPrograms, context)
      : undefined
    return {
      env: {
        TEST_DATABASE_URL: database.url,
        ...docker.env,
        ...(missing ? { TEST_WITHOUT_DOCKER: missing } : {}),
        ...(withBrowser && !browserMissing ? { TEST_CHROMIUM: which('chromium') } : {}),
        ...(withPgbackrest && !pgbackrestMissing ? { TEST_PGBACKREST: which('pgbackrest') } : {})
      },
      missing,
      browserMissing,
      debianMissing,
      pgbackrestMissing,
      stop
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The product's own embedded PostgreSQL, in a temporary folder and without waiting for the disk. */
export async function startDatabase() {
  const module = join(root, 'packages/panel/dist/db/embedded.js')
  const { startEmbeddedPostgres } = await import(pathToFileURL(module).href)
  const folder = await mkdtemp(join(tmpdir(), 'ctrl-alt-play-postgres-'))
  const silent = () => {}
  const server = await startEmbeddedPostgres({
    dir: folder,
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '300'
    },
    log: { info: silent, warn: silent, error: silent }
  })
  const stop = async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { url: server.url, stop }
}

async function prepareDocker(context, stops) {
  const engine = await ensureDockerEngine(context)
  if (!engine.docker) return { missing: engine.reason }
  const lacking = await ensurePrograms(dockerPrograms, context)
  if (lacking) return { missing: lacking }
  const { debian: _, ...needed } = images
  for (const image of Object.values(needed)) {
    const obstacle = await ensureImage(engine.docker, image, context)
    if (obstacle) return { missing: `the image ${image.name} is not here: ${obstacle}` }
  }
  const registry = await context.step('Starting an image registry', () => startRegistry())
  stops.push(registry.stop)
  await registry.publish(engine.docker, images.probe.name, 'games/probe:1')
  const env = { TEST_IMAGES_READY: '1', TEST_REGISTRY: registry.address }
  return { env, engine: engine.docker }
}

/** Returns the reason why a program cannot be had, if there is one. */
async function ensurePrograms(programs, { step, signal, packagesAllowed }) {
  const packages = Object.entries(programs)
    .filter(([program]) => !which(program))
    .map(([, name]) => name)
  if (packages.length === 0) return undefined
  const obstacle = whyNoApt(packagesAllowed)
  if (obstacle) return `${packages.join(', ')} cannot be installed: ${obstacle}`
  try {
    await step(`Installing ${packages.join(', ')}`, () => installPackages(packages, { signal }))
    return undefined
  } catch (error) {
    if (!error.isProblem) throw error
    return error.message
  }
}
