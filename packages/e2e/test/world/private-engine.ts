import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import Docker from 'dockerode'
import { images } from './config.ts'
import { type LaunchOptions, launch, type Running, run } from './process.ts'
import { until } from './until.ts'
import type { Teardown } from './world.ts'

/** A Docker engine of the test's own, which may be killed, frozen and started again. */
export interface PrivateEngine {
  socketPath: string
  dockerHost: string
  docker: Docker
  pid(): number
  start(): Promise<void>
  /** The engine alone; what it runs is not touched. */
  kill9(): Promise<void>
  freeze(): void
  thaw(): void
}

type Inside = (command: string, args: string[]) => LaunchOptions

interface PrivateEngineOptions {
  /** A folder of its own, removed with the engine. */
  dir?: string
  /** Runs the command in the network that the engine is to have; absent: one that leads nowhere. */
  inside?: Inside
  dataRoot?: string
  liveRestore?: boolean
}

export async function createPrivateEngine(
  t: Teardown,
  options: PrivateEngineOptions = {}
): Promise<PrivateEngine> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'cap-engine-')))
  const inside = options.inside ?? (await lonelyNetwork(t, basename(dir)))
  const dataRoot = options.dataRoot ?? join(dir, 'docker')
  const socketPath = join(dir, 'docker.sock')
  const dockerHost = `unix://${socketPath}`
  const execRoot = join(dir, 'exec')
  const docker = new Docker({ socketPath })
  // The machine's own settings are for the machine's own engine.
  const settings = join(dir, 'daemon.json')
  await writeFile(settings, JSON.stringify({ 'live-restore': options.liveRestore === true }))
  const command = inside('dockerd', [
    ...['--data-root', dataRoot, '--exec-root', execRoot],
    ...['--pidfile', join(dir, 'docker.pid'), '--host', dockerHost],
    ...['--config-file', settings]
  ])
  let engine: Running | undefined

  const pid = (): number => {
    if (!engine?.child.pid) throw new Error('the engine does not run')
    return engine.child.pid
  }

  async function start(): Promise<void> {
    // A pid file of a killed engine may name a process that is another one by now.
    await rm(join(dir, 'docker.pid'), { force: true })
    const started = launch(command)
    engine = started
    await until('the engine answers', () => docker.ping().then(() => true), {
      deadlineMs: 30_000
    }).catch(err => {
      throw new Error(`${err.message}\n${started.output()}`, { cause: err })
    })
  }

  t.teardown(async () => {
    await endLeftovers(execRoot)
    await unmountBelow(dir)
    await rm(dir, { recursive: true, force: true })
  })
  t.teardown(() => engine?.end('SIGTERM'))
  await start()
  t.teardown(async () => {
    if (engine?.child.signalCode !== null || engine.child.exitCode !== null) await start()
    process.kill(pid(), 'SIGCONT')
    for (const found of await docker.listContainers({ all: true })) {
      await docker.getContainer(found.Id).remove({ force: true, v: true })
    }
  })
  await run('sh', ['-c', `docker save ${images.probe} | docker -H ${dockerHost} load`])
  return {
    socketPath,
    dockerHost,
    docker,
    pid,
    start,
    async kill9() {
      await engine?.end('SIGKILL')
      await endContainerd(execRoot)
    },
    freeze: () => void process.kill(pid(), 'SIGSTOP'),
    thaw: () => void process.kill(pid(), 'SIGCONT')
  }
}

async function lonelyNetwork(t: Teardown, name: string): Promise<Inside> {
  await run('ip', ['netns', 'add', name])
  t.teardown(() => run('ip', ['netns', 'delete', name]).catch(() => undefined))
  await run('ip', ['-n', name, 'link', 'set', 'lo', 'up'])
  return (command, args) => ({
    command: 'nsenter',
    args: [`--net=/run/netns/${name}`, command, ...args]
  })
}

/** It dies with its engine, but not at once; the next engine must not take it for one that it can use. */
async function endContainerd(execRoot: string): Promise<void> {
  const pidFile = join(execRoot, 'containerd/containerd.pid')
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''))
  const isThere = async (): Promise<boolean> => {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    return command.includes(execRoot)
  }
  if (pid && (await isThere())) process.kill(pid, 'SIGKILL')
  await until('containerd is gone', async () => !(await isThere()))
  await rm(pidFile, { force: true })
}

/** What an engine that was killed has left running: each names its folder. */
async function endLeftovers(execRoot: string): Promise<void> {
  for (const pid of (await readdir('/proc')).map(Number).filter(Boolean)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (command.includes(`${execRoot}/`)) process.kill(pid, 'SIGKILL')
  }
}

async function unmountBelow(dir: string): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8')
  const places = mounts.split('\n').map(line => line.split(' ')[1] ?? '')
  for (const place of places.filter(found => found.startsWith(`${dir}/`)).reverse()) {
    await run('umount', ['-l', place]).catch(() => undefined)
  }
}
