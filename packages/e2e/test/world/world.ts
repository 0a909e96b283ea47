import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { type Json, login, type Person } from './api.ts'
import { patience, repository } from './config.ts'
import { type Database, temporaryDatabase } from './database.ts'
import { freePort } from './free-port.ts'
import { type LaunchOptions, launch, type Running, run } from './process.ts'
import { removedAtExit } from './removed-at-exit.ts'
import { Hopeless, until } from './until.ts'

export interface Teardown {
  teardown(fn: () => unknown): unknown
}

const PANEL = join(repository, 'packages/panel/dist/start.mjs')
const AGENT = join(repository, 'packages/agent/dist/ctrl-alt-play-agent.mjs')
/** The administrator's. */
export const PASSWORD = 'correct horse battery staple'

export interface AgentProcess {
  nodeId: string
  stateDir: string
  dataDir: string
  start(): Promise<void>
  /** Ends it at once, as a power cut would, and leaves its games alone. */
  kill9(): Promise<void>
  stop(): Promise<void>
  output(): string
  pid(): number
  /** It does not run: it ended by itself, or was ended. */
  hasEnded(): boolean
  /** By its own last words. */
  isConnected(): boolean
}

export interface World {
  url: string
  dir: string
  docker: Docker
  database: Database
  admin: Person
  /** `program`: that of another release. */
  startPanel(program?: string): Promise<void>
  killPanel(): Promise<void>
  stopPanel(): Promise<void>
  panelOutput(): string
  panelPid(): number
  panelHasEnded(): boolean
  /** A node with an agent that has been enrolled and started. */
  addNode(name: string, options?: AddNodeOptions): Promise<AgentProcess>
  /** An Alt made from the probe image with these variables' defaults. */
  addProbeAlt(options?: ProbeAltOptions): Promise<string>
  addServer(options: AddServerOptions): Promise<Json>
  containerOf(serverId: string): Promise<Docker.ContainerInspectInfo | undefined>
}

interface AddNodeOptions {
  /** Runs the agent elsewhere, e.g. in a network namespace. */
  wrap?(args: string[]): LaunchOptions
  panelUrl?: string
  env?: Record<string, string>
  /** The engine of its games, if that is not the machine's. */
  docker?: Docker
  /** What is run at the next start, if it is that of another release. */
  program?(): string | undefined
  /** Runs the line that registers the machine as often as it likes. */
  register?(attempt: (env?: Record<string, string>) => Running): Promise<void>
}

interface ProbeAltOptions {
  image?: string
  environment?: Record<string, string>
  done?: string[]
  stop?: { type: 'command' | 'signal'; value: string; graceSeconds: number }
  installScript?: string
  startup?: string
}

interface AddServerOptions {
  altId: string
  nodeId: string
  /** Whose it is; absent: the administrator's. */
  ownerId?: string
  name?: string
  environment?: Record<string, string>
  protocol?: 'tcp' | 'udp'
  port?: number
}

/** A panel of its own with a database of its own, and whatever nodes the test adds; all of it goes with the test. */
export async function createWorld(
  t: Teardown,
  options: {
    publicHost?: string
    env?: Record<string, string>
    database?: Database
    /** The first administrator's; absent: PASSWORD. */
    adminPassword?: string
    /** It speaks TLS itself. Nobody is logged in: only a browser takes a certificate of our own. */
    tls?: { certFile: string; keyFile: string }
  } = {}
): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), 'cap-world-'))
  const database = options.database ?? (await temporaryDatabase())
  const port = await freePort()
  const { tls, adminPassword = PASSWORD } = options
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
  const docker = new Docker({ socketPath: '/var/run/docker.sock' })
  const engines = new Set([docker])
  const agents: AgentProcess[] = []
  let panel: Running | undefined
  let admin: Person | undefined

  const isGone = removedAtExit(() => agents.map(({ nodeId }) => `cap.node=${nodeId}`))
  t.teardown(async () => {
    for (const agent of agents) await agent.stop()
    await panel?.end('SIGKILL')
    await removeContainers(
      docker,
      agents.map(agent => agent.nodeId)
    )
    await database.drop()
    await rm(dir, { recursive: true, force: true })
    isGone()
  })

  async function startPanel(program = PANEL): Promise<void> {
    const started = launch({
      args: [program],
      ipc: true,
      env: {
        PORT: String(port),
        DATA_DIR: join(dir, 'panel'),
        DATABASE_URL: database.url,
        ADMIN_PASSWORD: adminPassword,
        LOG_LEVEL: 'info',
        ...(options.publicHost && {
          HOST: '0.0.0.0',
          PUBLIC_URL: `http://${options.publicHost}:${port}`
        }),
        ...(tls && { TLS_CERT_FILE: tls.certFile, TLS_KEY_FILE: tls.keyFile }),
        ...options.env
      }
    })
    panel = started
    await until(
      'the panel is ready',
      () => {
        if (hasEnded(started)) throw new Hopeless('the panel ended')
        return started.messages.some(message => message.type === 'ready')
      },
      { deadlineMs: 30_000 * patience }
    ).catch(err => {
      throw new Error(`${err.message}\n${started.output()}`, { cause: err })
    })
    if (!tls) admin ??= await login(url, 'admin', adminPassword)
  }

  const current = (): Person => {
    if (!admin) throw new Error('the panel was not started, or speaks TLS')
    return admin
  }

  await startPanel()
  return {
    url,
    dir,
    docker,
    database,
    get admin() {
      return current()
    },
    startPanel,
    async killPanel() {
      await panel?.end('SIGKILL')
    },
    async stopPanel() {
      await panel?.end('SIGTERM')
    },
    panelOutput: () => panel?.output() ?? '',
    panelPid: () => panel?.child.pid ?? 0,
    panelHasEnded: () => !panel || hasEnded(panel),
    async addNode(name, options = {}) {
      const made = await current().post('/api/v1/nodes', { name, ipAddress: '127.0.0.1' })
      const agent = await enroll(made, join(dir, name), options)
      agents.push(agent)
      if (options.docker) engines.add(options.docker)
      await agent.start()
      await until(
        `node ${name} is online`,
        async () => (await current().get(`/api/v1/nodes/${agent.nodeId}`)).status === 'ONLINE'
      ).catch(err => {
        throw new Error(`${err.message}\n${agent.output()}`, { cause: err })
      })
      return agent
    },
    addProbeAlt: options => addProbeAlt(current(), options),
    addServer: options => addServer(current(), options),
    async containerOf(serverId) {
      for (const engine of engines) {
        const container = engine.getContainer(`cap-${serverId}`)
        const found = await container.inspect().catch(() => undefined)
        if (found) return found
      }
      return undefined
    }
  }
}

/** The pasted line's flags, read as a person would paste them. */
function flagsOf(command: string): Record<string, string> {
  const words = command.split(/\s+/)
  return Object.fromEntries(
    words.flatMap((word, index) => {
      const name = /^--([a-z0-9-]+)$/.exec(word)?.[1]
      return name ? [[name, words[index + 1] ?? '']] : []
    })
  )
}

async function enroll(made: Json, dir: string, options: AddNodeOptions): Promise<AgentProcess> {
  const flags = flagsOf(made.enrollment.command)
  const stateDir = join(dir, 'state')
  const dataDir = join(dir, 'servers')
  const dirs = ['--state-dir', stateDir, '--data-dir', dir]
  const panelUrl = options.panelUrl ?? flags.panel ?? ''
  const register = [
    AGENT,
    'register',
    '--panel',
    panelUrl,
    '--token',
    flags.token ?? '',
    '--panel-key',
    flags['panel-key'] ?? '',
    ...dirs,
    ...(panelUrl.includes('127.0.0.1') ? [] : ['--insecure'])
  ]
  const wrap = options.wrap ?? ((args): LaunchOptions => ({ args }))
  const wrapped = wrap(register)
  if (options.register) {
    await options.register(env => launch({ ...wrapped, env: { ...wrapped.env, ...env } }))
  } else {
    await run(
      wrapped.command ?? process.execPath,
      wrapped.args,
      wrapped.env ? { env: wrapped.env } : {}
    )
  }
  let running: Running | undefined
  return {
    nodeId: made.node.id,
    stateDir,
    dataDir,
    async start() {
      const base = wrap([options.program?.() ?? AGENT, 'run', ...dirs])
      running = launch({ ...base, env: { ...base.env, ...options.env } })
    },
    async kill9() {
      await running?.end('SIGKILL')
    },
    async stop() {
      await running?.end('SIGTERM')
    },
    output: () => running?.output() ?? '',
    pid: () => running?.child.pid ?? 0,
    hasEnded: () => !running || hasEnded(running),
    isConnected() {
      const said = running?.output() ?? ''
      return said.lastIndexOf('"connected to the panel"') > said.lastIndexOf('"waitMs"')
    }
  }
}

function hasEnded({ child }: Running): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

export async function addProbeAlt(admin: Person, options: ProbeAltOptions = {}): Promise<string> {
  const ctrl = await admin.post('/api/v1/ctrls', { name: `Probe ${Date.now()}${Math.random()}` })
  const alt = await admin.post('/api/v1/alts', {
    ctrlId: ctrl.id,
    name: 'Probe',
    dockerImage: options.image ?? 'ctrl-alt-play/probe:local',
    startup: options.startup ?? '/game/probe.sh',
    startupMode: 'ARGV',
    config: {
      done: options.done ?? ['ready'],
      stop: options.stop ?? { type: 'command', value: 'stop', graceSeconds: 10 },
      tty: false,
      readOnlyRoot: true
    },
    ...(options.installScript && {
      install: {
        image: options.image ?? 'ctrl-alt-play/probe:local',
        // The image has no shell under a name of its own; what Docker starts programs with runs the script.
        entrypoint: '/sbin/docker-init',
        script: `#!/bin/busybox sh\n${options.installScript}`
      }
    }),
    variables: Object.entries(options.environment ?? {}).map(([envVariable, defaultValue]) => ({
      name: envVariable,
      envVariable,
      defaultValue,
      rules: 'nullable|string',
      userViewable: true,
      userEditable: true
    }))
  })
  return alt.id
}

export async function addServer(admin: Person, options: AddServerOptions): Promise<Json> {
  const port = options.port ?? (await freePort())
  const { server } = await admin.post(
    '/api/v1/servers',
    {
      name: options.name ?? 'Probe',
      altId: options.altId,
      nodeId: options.nodeId,
      ...(options.ownerId && { ownerId: options.ownerId }),
      memoryMiB: 64,
      cpuPercent: 100,
      diskMiB: 256,
      ports: [{ port, protocol: options.protocol ?? 'tcp' }],
      ...(options.environment && { environment: options.environment })
    },
    { prefer: 'wait=60' }
  )
  await until(
    'the server is installed',
    async () => (await admin.get(`/api/v1/servers/${server.id}`)).status === 'STOPPED'
  )
  return server
}

async function removeContainers(docker: Docker, nodeIds: string[]): Promise<void> {
  for (const nodeId of nodeIds) {
    const filters = { label: [`cap.node=${nodeId}`] }
    for (const found of await docker.listContainers({ all: true, filters })) {
      await docker
        .getContainer(found.Id)
        .remove({ force: true, v: true })
        .catch(() => undefined)
    }
  }
}
