import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { images, repository } from './config.ts'
import { freePort } from './free-port.ts'
import { run } from './process.ts'
import { removedAtExit } from './removed-at-exit.ts'
import { Hopeless, until } from './until.ts'
import type { Teardown } from './world.ts'

/** docker-compose.yml as an operator runs it, on images that this machine can make. */
export interface Composition {
  url: string
  /** The folder that the node's games are in, and a temporary one for the rest. */
  dataDir: string
  dir: string
  password: string
  postgresPort: number
  /** The first three numbers of the network that Caddy and the panel share. */
  network: string
  docker: Docker
  compose(...args: string[]): Promise<string>
  /** Adds to what stands in .env. */
  set(values: Record<string, string>): void
  container(service: string): Promise<Docker.ContainerInspectInfo>
  untilHealthy(...services: string[]): Promise<void>
  /** The images' names, by what they are. */
  images: Record<'base' | 'database' | 'backup' | 'panel' | 'agent', string>
}

const STAND_INS = join(repository, 'packages/e2e/machine/production')
const PANEL_UID = 10_001
const services = ['postgres', 'backup', 'panel', 'caddy', 'agent']
/** The first answer of a health check comes after its interval. */
const askedOften = (service: string) => [service, { healthcheck: { interval: '1s' } }]
/** Without buildx there is only the builder of before. */
const env = { DOCKER_BUILDKIT: '0', COMPOSE_DOCKER_CLI_BUILD: '0' }

export async function createComposition(t: Teardown): Promise<Composition> {
  const name = `cap-production-${process.pid}`
  const dir = await mkdtemp(join(tmpdir(), 'cap-production-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const docker = new Docker({ socketPath: '/var/run/docker.sock' })
  const dataDir = join(dir, 'games')
  const password = randomBytes(24).toString('hex')
  const passwordFile = join(dir, 'postgres-password')
  const [httpPort, httpsPort] = [await freePort(), await freePort()]
  const postgresPort = await freePort()
  const network = `10.216.${1 + (process.pid % 250)}`
  const names = {
    base: images.production,
    database: `ctrl-alt-play/database:${name}`,
    backup: `ctrl-alt-play/backup:${name}`,
    panel: `ctrl-alt-play/panel:${name}`,
    agent: `ctrl-alt-play/agent:${name}`
  }

  mkdirSync(dataDir)
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o400 })
  chownSync(passwordFile, PANEL_UID, PANEL_UID)
  const settings: Record<string, string> = {
    POSTGRES_IMAGE: await standIn('postgres'),
    CADDY_IMAGE: await standIn('caddy'),
    NODE_IMAGE: names.base,
    DATABASE_IMAGE: names.database,
    BACKUP_IMAGE: names.backup,
    PANEL_IMAGE: names.panel,
    AGENT_IMAGE: names.agent,
    PANEL_DOMAIN: 'localhost',
    PANEL_TLS: 'internal',
    PANEL_HTTP_PORT: String(httpPort),
    PANEL_HTTPS_PORT: String(httpsPort),
    PANEL_NETWORK: network,
    POSTGRES_PORT: String(postgresPort),
    POSTGRES_PASSWORD_FILE: passwordFile,
    CERTIFICATES: join(dir, 'certificates'),
    CAP_DATA_DIR: dataDir,
    CAP_POLICY_DIR: join(dir, 'policy')
  }
  const envFile = join(dir, '.env')
  function set(values: Record<string, string>): void {
    Object.assign(settings, values)
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`)
    writeFileSync(envFile, lines.join(''), { mode: 0o600 })
  }
  set({})
  const haste = join(dir, 'haste.json')
  writeFileSync(haste, JSON.stringify({ services: Object.fromEntries(services.map(askedOften)) }))

  const compose = (...args: string[]): Promise<string> => {
    const files = ['--file', 'docker-compose.yml', '--file', haste]
    const all = [...files, '--project-name', name, '--env-file', envFile, '--ansi', 'never']
    return run('docker-compose', [...all, ...args], { env, deadlineMs: 120_000 })
  }

  async function container(service: string): Promise<Docker.ContainerInspectInfo> {
    return docker.getContainer(`${name}_${service}_1`).inspect()
  }

  async function isHealthy(service: string): Promise<boolean> {
    const { State } = await container(service)
    return State.Running && State.Health?.Status === 'healthy'
  }

  // Docker would start them again, long after the test.
  const isGone = removedAtExit(() => [`com.docker.compose.project=${name}`])
  t.teardown(async () => {
    set({ COMPOSE_PROFILES: 'node' })
    await compose('down', '--volumes', '--remove-orphans', '--timeout', '3')
    await removeGames(docker, dataDir)
    isGone()
    for (const image of [names.panel, names.agent, names.backup, names.database]) {
      await docker
        .getImage(image)
        .remove({ force: true })
        .catch(() => undefined)
    }
  })
  return {
    ...{ dir, dataDir, password, postgresPort, network, docker, compose, set, container },
    url: `https://localhost:${httpsPort}`,
    images: names,
    async untilHealthy(...services) {
      for (const service of services) {
        await until(`${service} is healthy`, () => isHealthy(service)).catch(async err => {
          throw new Hopeless(`${err.message}\n${await compose('logs', '--tail=50', service)}`)
        })
      }
    }
  }
}

/** Those whose files are in this folder. */
async function removeGames(docker: Docker, dataDir: string): Promise<void> {
  const games = await docker.listContainers({ all: true, filters: { label: ['cap.node'] } })
  const ours = games.filter(game => game.Mounts.some(({ Source }) => Source.startsWith(dataDir)))
  for (const { Id } of ours) await docker.getContainer(Id).remove({ force: true, v: true })
}

async function standIn(target: 'postgres' | 'caddy'): Promise<string> {
  const tag = `ctrl-alt-play/production-${target}:local`
  const base = `DEBIAN=${images.production}`
  const args = ['build', '--quiet', '--target', target, '--tag', tag, '--build-arg', base]
  await run('docker', [...args, STAND_INS], { env })
  return tag
}

/** `docker compose`, where this machine has it. */
export function hasComposePlugin(): boolean {
  const folders = ['/usr/libexec/docker', '/usr/lib/docker', '/usr/local/lib/docker']
  return folders.some(folder => existsSync(join(folder, 'cli-plugins/docker-compose')))
}
