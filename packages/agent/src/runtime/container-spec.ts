import { resolve } from 'node:path'
import type { PublishedPort, ServerSpec, WantedServer } from '@ctrl-alt-play/protocol'
import type { ContainerCreateOptions, HostConfig } from 'dockerode'
import { checkImage } from '../policy/check-image.ts'
import { checkSpec } from '../policy/check-spec.ts'
import type { Policy } from '../policy/policy.ts'
import { gameName, labels } from './container-names.ts'
import { GAMES_NETWORK } from './games-network.ts'
import { specHashOf } from './spec-hash.ts'

/** The host's side of a container: what no message decides. */
export interface Place {
  nodeId: string
  uid: number
  gid: number
  /** The server's folder on this machine. */
  dataPath: string
  policy: Policy
}

const GAME_HOME = '/home/container'

const MIB = 1_048_576
const CPU_PERIOD_US = 100_000
/** Below what an engine may itself be limited to, for it cannot give more than it has. */
const OPEN_FILES = 16_384

/** Docker's options for a server's container. Throws what the node's policy refuses. */
export function containerOptions(wanted: WantedServer, place: Place): ContainerCreateOptions {
  const { serverId, generation, restartSeq, spec } = wanted
  const { tty, argv, environment, ports, stop } = spec
  const image = checkImage(place.policy, spec.image).name
  checkSpec(place.policy, spec)
  const host = hostConfig(spec, [mount(place.dataPath, GAME_HOME)])
  return {
    ...baseOptions({ image, uid: place.uid, gid: place.gid, home: GAME_HOME, environment }),
    name: gameName(serverId),
    Tty: tty,
    OpenStdin: true,
    StdinOnce: false,
    ...(argv && { Entrypoint: argv.slice(0, 1), Cmd: argv.slice(1) }),
    ...(stop.type === 'signal' && { StopSignal: stop.value }),
    StopTimeout: stop.graceSeconds,
    ExposedPorts: Object.fromEntries(ports.map(port => [portKey(port), {}])),
    Labels: {
      [labels.node]: place.nodeId,
      [labels.server]: serverId,
      [labels.generation]: String(generation),
      [labels.restartSeq]: String(restartSeq),
      [labels.specHash]: specHashOf(spec)
    },
    HostConfig: {
      ...host,
      ReadonlyRootfs: spec.readOnlyRoot,
      PortBindings: bindings(ports)
    }
  }
}

interface Base {
  image: string
  uid: number
  gid: number
  home: string
  environment: Record<string, string>
}

/** What a game and an install script have in common inside. */
export function baseOptions({ image, uid, gid, home, environment }: Base): ContainerCreateOptions {
  const env = { HOME: home, ...environment }
  return {
    Image: image,
    User: `${uid}:${gid}`,
    WorkingDir: home,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    // An image's health check would run as one more process in the game's limits.
    Healthcheck: { Test: ['NONE'] }
  }
}

export function mount(
  source: string,
  target: string,
  { isReadOnly = false } = {}
): NonNullable<HostConfig['Mounts']>[number] {
  // Unlike a volume string, a mount of type bind fails when the folder is gone, and never makes it.
  return {
    Type: 'bind',
    Source: resolve(source),
    Target: target,
    ReadOnly: isReadOnly,
    BindOptions: { Propagation: 'rprivate' }
  }
}

/** The walls around a container, the same for games and install scripts. */
export function hostConfig(
  { limits }: ServerSpec,
  mounts: NonNullable<HostConfig['Mounts']>
): HostConfig {
  const { memoryMiB, swapMiB, cpuPercent, pids } = limits
  return {
    Mounts: mounts,
    NetworkMode: GAMES_NETWORK,
    Privileged: false,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges:true'],
    IpcMode: 'private',
    Init: true,
    PidsLimit: pids,
    Memory: memoryMiB * MIB,
    MemorySwap: (memoryMiB + swapMiB) * MIB,
    ...(cpuPercent > 0 && { CpuPeriod: CPU_PERIOD_US, CpuQuota: cpuQuota(cpuPercent) }),
    Ulimits: [
      { Name: 'nofile', Soft: OPEN_FILES, Hard: OPEN_FILES },
      { Name: 'core', Soft: 0, Hard: 0 }
    ],
    Tmpfs: { '/tmp': `rw,exec,nosuid,nodev,mode=1777,size=${tmpMiB(memoryMiB)}m` },
    LogConfig: { Type: 'local', Config: { 'max-size': '10m', 'max-file': '5' } },
    RestartPolicy: { Name: 'no' }
  }
}

/** Not NanoCpus: that refuses more than the machine has, and a template may ask for more. */
function cpuQuota(cpuPercent: number): number {
  return (cpuPercent * CPU_PERIOD_US) / 100
}

/** What lies in /tmp counts as the server's memory, so it may not take all of it. */
function tmpMiB(memoryMiB: number): number {
  return Math.min(256, Math.max(8, Math.floor(memoryMiB / 4)))
}

function portKey({ port, protocol }: PublishedPort): string {
  return `${port}/${protocol}`
}

function bindings(ports: PublishedPort[]): Record<string, { HostIp: string; HostPort: string }[]> {
  const keys = [...new Set(ports.map(portKey))]
  return Object.fromEntries(
    keys.map(key => {
      const places = ports.filter(published => portKey(published) === key)
      return [key, places.map(({ ip, port }) => ({ HostIp: ip, HostPort: String(port) }))]
    })
  )
}
