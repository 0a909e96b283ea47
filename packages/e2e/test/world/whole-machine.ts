import { realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import Docker from 'dockerode'
import { images, repository } from './config.ts'
import { type LaunchOptions, launch, type Running, run } from './process.ts'
import { until } from './until.ts'
import type { Teardown } from './world.ts'

/** A Debian machine with systemd as its first process, to be installed on, switched off and booted. */
export interface WholeMachine {
  /** Where the machine of the tests is reached from it. */
  hostAddress: string
  /** Its own address, which may change when it boots. */
  address(): string
  /** Its Docker engine, once it has one. */
  docker(): Docker
  /** A path on it, seen from outside while it is up. */
  path(inside: string): string
  /** A line as root types it there; answers what it prints, and fails as the line does. */
  type(line: string, options?: TypeOptions): Promise<string>
  /** A line that goes on; ending it is the Ctrl-C of its terminal. */
  leave(line: string): Running
  /** This checkout, built and under its own path, where it can be changed without changing ours. */
  mountCheckout(): Promise<void>
  /** Gives its engine an image of ours. */
  loadImage(image: string): Promise<void>
  /** Everything on it is gone at once. */
  cutPower(): Promise<void>
  /** Shuts down in order; it stays off. */
  shutDown(): Promise<void>
  boot(): Promise<void>
}

interface TypeOptions {
  deadlineMs?: number
}

const BOOT_SCRIPT = join(repository, 'packages/e2e/machine/boot.sh')
const CHECKOUT = '/mnt/checkout'
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const engine = new Docker({ socketPath: '/var/run/docker.sock' })

/** Not privileged: a machine for tests need not hold every privilege itself, and then could give none of them away. */
const hostConfig: Docker.HostConfig & { CgroupnsMode: string } = {
  CapAdd: ['SYS_ADMIN', 'NET_ADMIN', 'SYS_PTRACE', 'SYS_BOOT', 'DAC_READ_SEARCH'],
  SecurityOpt: ['seccomp=unconfined', 'apparmor=unconfined'],
  MaskedPaths: [],
  ReadonlyPaths: [],
  DeviceCgroupRules: ['a *:* rwm'],
  CgroupnsMode: 'private',
  Tmpfs: { '/run': 'exec', '/run/lock': '', '/tmp': 'exec' }
}

export async function createWholeMachine(
  t: Teardown,
  image: string = images.machine
): Promise<WholeMachine> {
  const container = await engine.createContainer({
    Image: image,
    Hostname: 'debian',
    Entrypoint: ['/bin/sh', '/boot.sh'],
    Volumes: { '/var/lib/docker': {}, '/srv': {} },
    HostConfig: { ...hostConfig, Mounts: await mounts() }
  })
  t.teardown(() => container.remove({ force: true, v: true }))
  let pid = 0
  let address = ''

  const inside = (line: string): LaunchOptions & { command: string } => ({
    command: 'nsenter',
    args: [
      ...['--target', String(pid), '--mount', '--uts', '--ipc', '--net', '--pid'],
      ...['env', '-i', 'HOME=/root', `PATH=${PATH}`, 'sh', '-c', line]
    ]
  })

  function type(line: string, options: TypeOptions = {}): Promise<string> {
    const { command, args } = inside(line)
    return run(command, args, options)
  }

  async function boot(): Promise<void> {
    await container.start()
    const { State, NetworkSettings } = await container.inspect()
    pid = State.Pid
    address = NetworkSettings.Networks.bridge?.IPAddress ?? ''
    await until('the machine is up', async () =>
      /^(running|degraded)$/m.test(await type('systemctl is-system-running || true'))
    )
  }

  async function off(): Promise<void> {
    await until('the machine is off', async () => !(await container.inspect()).State.Running)
  }

  await boot()
  const { NetworkSettings } = await container.inspect()
  return {
    hostAddress: NetworkSettings.Networks.bridge?.Gateway ?? '',
    address: () => address,
    docker: () => new Docker({ socketPath: `/proc/${pid}/root/run/docker.sock` }),
    path: inside => `/proc/${pid}/root${inside}`,
    type,
    leave: line => launch({ ...inside(line), detached: true }),
    async mountCheckout() {
      const overlay = `lowerdir=${CHECKOUT},upperdir=/srv/changes,workdir=/srv/work`
      await type(`mkdir -p /srv/changes /srv/work '${repository}' &&
        mount -t overlay checkout -o ${overlay} '${repository}' &&
        rm -rf '${repository}/.cache/build.lock'`)
    },
    async loadImage(image) {
      const socket = `/proc/${pid}/root/run/docker.sock`
      await run('sh', ['-c', `docker save ${image} | docker -H unix://${socket} load`])
    },
    async cutPower() {
      await container.kill()
      await off()
    },
    async shutDown() {
      await type('systemctl poweroff')
      await off()
    },
    boot
  }
}

/** The Node that runs the tests, its npm, and the checkout, none of them to be changed. */
async function mounts(): Promise<Docker.MountSettings[]> {
  const npm = await realpath((await run('sh', ['-c', 'command -v npm'])).trim())
  const readOnly = (Source: string, Target: string): Docker.MountSettings => ({
    Type: 'bind',
    Source,
    Target,
    ReadOnly: true
  })
  return [
    readOnly(BOOT_SCRIPT, '/boot.sh'),
    readOnly(process.execPath, '/usr/local/bin/node'),
    readOnly(dirname(dirname(npm)), '/usr/local/lib/node_modules/npm'),
    readOnly(repository, CHECKOUT)
  ]
}
