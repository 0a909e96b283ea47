import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { WantedServer } from '@ctrl-alt-play/protocol'
import type { ContainerCreateOptions } from 'dockerode'
import { checkImage } from '../policy/check-image.ts'
import { checkSpec } from '../policy/check-spec.ts'
import { installName, labels } from './container-names.ts'
import { baseOptions, hostConfig, mount, type Place } from './container-spec.ts'
import type { Driver } from './driver.ts'
import { DriverError } from './driver-error.ts'
import type { Engine } from './engine.ts'
import { diskFull, startError, statusOf } from './engine-errors.ts'
import type { EnsureGamesNetwork } from './games-network.ts'
import type { LogReader } from './log-reader.ts'

export interface InstallerParts {
  engine: Engine
  ensureNetwork: EnsureGamesNetwork
  readLog: LogReader
  /** Where a script lies while it runs. */
  scriptsDir: string
  placeOf(serverId: string): Promise<Place>
}

export interface Installer {
  install: Driver['install']
  isRunning(serverId: string): boolean
  /** Ends and removes what an earlier run left, if anything. */
  clear(serverId: string): Promise<void>
}

type InstallIo = Parameters<Driver['install']>[2]

const TIMEOUT_MS = 60_000

export function createInstaller({ engine, ...parts }: InstallerParts): Installer {
  const { docker, call } = engine
  const running = new Set<string>()

  async function clear(serverId: string): Promise<void> {
    const container = docker.getContainer(installName(serverId))
    await call(TIMEOUT_MS, () => container.remove({ force: true, v: true }))
      .catch(error => {
        // It is being removed already, by a call from before this agent's start or by somebody else.
        if (statusOf(error) !== 409) throw error
        return call(TIMEOUT_MS, () => container.wait({ condition: 'removed' }))
      })
      .catch(error => {
        if (!(error instanceof DriverError && error.code === 'NO_SUCH_CONTAINER')) throw error
      })
    await rm(scriptDir(serverId), { recursive: true, force: true })
  }

  function scriptDir(serverId: string): string {
    return join(parts.scriptsDir, serverId)
  }

  async function layDown(serverId: string, script: string): Promise<string> {
    const folder = resolve(scriptDir(serverId))
    try {
      await mkdir(folder, { recursive: true, mode: 0o755 })
      // Scripts are often written on Windows; a shell takes the carriage return for a part of the word.
      const text = script.replaceAll('\r\n', '\n')
      await writeFile(join(folder, 'install.sh'), text, { mode: 0o755 })
    } catch (error) {
      throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? diskFull(error) : error
    }
    return folder
  }

  async function run(options: ContainerCreateOptions, io: InstallIo): Promise<number> {
    await parts.ensureNetwork()
    const container = await engine.create(options).catch(error => {
      throw imageError(error, options.Image ?? '')
    })
    await call(TIMEOUT_MS, () => container.start()).catch(error => {
      throw startError(error, '')
    })
    const reading = new AbortController()
    const cancel = (): void => {
      const stop = (): void => reading.abort()
      call(TIMEOUT_MS, () => container.kill()).then(stop, stop)
    }
    io.signal.addEventListener('abort', cancel, { once: true })
    try {
      if (io.signal.aborted) cancel()
      const log = parts.readLog(
        { id: container.id, tty: false },
        { sinceNs: 0n, follow: true, signal: reading.signal }
      )
      for await (const line of log) await io.onLine(line)
      if (io.signal.aborted) throw cancelled()
      return (await call(TIMEOUT_MS, () => container.inspect())).State.ExitCode
    } finally {
      io.signal.removeEventListener('abort', cancel)
    }
  }

  return {
    clear,
    isRunning: serverId => running.has(serverId),
    async install(wanted, script, io) {
      const { serverId } = wanted
      if (running.has(serverId)) throw new Error(`server ${serverId} is being installed already`)
      running.add(serverId)
      try {
        await clear(serverId)
        const place = await parts.placeOf(serverId)
        const image = checkImage(place.policy, script.image).name
        checkSpec(place.policy, wanted.spec)
        const folder = await layDown(serverId, script.script)
        const options = installOptions(wanted, {
          place,
          image,
          folder,
          entrypoint: script.entrypoint
        })
        if (io.signal.aborted) throw cancelled()
        return await run(options, io)
      } finally {
        await clear(serverId).catch(() => undefined)
        running.delete(serverId)
      }
    }
  }
}

interface InstallPlace {
  place: Place
  image: string
  /** Holds install.sh. */
  folder: string
  entrypoint: string
}

/** The same walls as a game's: a script comes from as far away as the game does. */
function installOptions(
  { serverId, spec }: WantedServer,
  { place, image, folder, entrypoint }: InstallPlace
): ContainerCreateOptions {
  const mounts = [
    mount(place.dataPath, '/mnt/server'),
    mount(folder, '/mnt/install', { isReadOnly: true })
  ]
  return {
    ...baseOptions({
      image,
      uid: place.uid,
      gid: place.gid,
      home: '/mnt/server',
      environment: { HOME: '/tmp', ...spec.environment }
    }),
    name: installName(serverId),
    Tty: false,
    OpenStdin: false,
    Entrypoint: [entrypoint],
    Cmd: ['/mnt/install/install.sh'],
    Labels: { [labels.node]: place.nodeId, [labels.install]: serverId },
    HostConfig: hostConfig(spec, mounts)
  }
}

function cancelled(): DriverError {
  return new DriverError('CANCELLED', 'The installation was cancelled')
}

function imageError(error: unknown, image: string): unknown {
  if (!/no such image/i.test(String(error))) return error
  return new DriverError('IMAGE_MISSING', `The image ${image} is not on this node: pull it first`)
}
