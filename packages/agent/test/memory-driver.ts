import { EventEmitter, on } from 'node:events'
import type { EngineInfo, Orphan, WantedServer } from '@ctrl-alt-play/protocol'
import type { Driver, EngineEvent } from '../src/runtime/driver.ts'
import { DriverError } from '../src/runtime/driver-error.ts'
import { specHashOf } from '../src/runtime/spec-hash.ts'
import { createMemoryContainer, type MemoryContainer, nextNs } from './memory-container.ts'
import { memoryGame, readMemoryScript } from './memory-game.ts'

type Method = Exclude<keyof Driver, 'close' | 'events' | 'logs'>

/** What a test does to the engine from outside. */
interface MemoryControls {
  /** Every call in order, e.g. `create <serverId>`, `start <serverId>`, `pull <image>`, `signal <serverId> SIGTERM`. */
  calls: string[]
  images: Set<string>
  /** The containers themselves, newest run of each server: `container(id).log`, `.inputs`, `.view`. */
  container(serverId: string): MemoryContainer
  exit(serverId: string, exitCode: number, options?: { oomKilled?: boolean }): void
  /** Docker says only now that the run that has ended was killed for want of memory. */
  sayOutOfMemory(serverId: string): void
  /** Several lines in one call carry the same time, as lines of a burst may. */
  print(serverId: string, ...lines: string[]): void
  /** The next call of the method rejects with the error. */
  failNext(method: Method, error: Error): void
  /** Calls of the method wait until the answered function is called. */
  hold(method: Method): () => void
  /** Removes the container behind the agent's back. */
  vanish(serverId: string): void
  loseData(serverId: string): void
  addOrphan(orphan: Orphan): void
  /** With a reason, every call fails with ENGINE_UNAVAILABLE and event streams break; undefined brings it back. */
  breakEngine(reason: string | undefined): void
}

export type MemoryDriver = Driver & MemoryControls

const engineInfo: EngineInfo = {
  version: '20.10.24',
  apiVersion: '1.41',
  liveRestore: true,
  storageDriver: 'memory',
  cgroupVersion: '1'
}

/** A container engine in memory that behaves as Docker does for us: unique names, states, logs that can be resumed. */
export function createMemoryDriver(): MemoryDriver {
  const containers = new Map<string, MemoryContainer>()
  const data = new Set<string>()
  const orphans: Orphan[] = []
  const failures = new Map<Method, Error[]>()
  const holds = new Map<Method, Promise<void>>()
  const bus = new EventEmitter().setMaxListeners(0)
  let broken: DriverError | undefined
  let made = 0

  const say = (container: MemoryContainer, action: EngineEvent['action']): void => {
    const { serverId, id: containerId } = container.view
    bus.emit('event', { serverId, containerId, action } satisfies EngineEvent)
  }
  const enter = async (method: Method, note?: string): Promise<void> => {
    if (note) driver.calls.push(`${method} ${note}`)
    await holds.get(method)
    const failure = failures.get(method)?.shift()
    if (failure) throw failure
    if (broken) throw broken
  }
  const byServer = (serverId: string): MemoryContainer | undefined =>
    [...containers.values()].findLast(({ view }) => view.serverId === serverId)
  const ofServer = (serverId: string): MemoryContainer => {
    const container = byServer(serverId)
    if (!container) throw new Error(`the test has no container of server ${serverId}`)
    return container
  }
  const byId = (id: string): MemoryContainer => {
    const container = containers.get(id)
    if (!container) throw new DriverError('NO_SUCH_CONTAINER', `There is no container ${id}`)
    return container
  }
  const nameOf = (id: string): string => containers.get(id)?.view.serverId ?? id
  const isUp = ({ view }: MemoryContainer): boolean => view.state === 'running'
  const drop = (container: MemoryContainer): void => {
    if (isUp(container)) container.end(137)
    containers.delete(container.view.id)
    say(container, 'destroy')
  }
  const refuseTakenPorts = ({ view, wanted }: MemoryContainer): void => {
    const mine = wanted.spec.ports.map(({ port, protocol }) => `${port}/${protocol}`)
    const others = [...containers.values()].filter(
      other => isUp(other) && other.view.id !== view.id
    )
    const theirs = others.flatMap(other => other.wanted.spec.ports)
    const taken = theirs.find(({ port, protocol }) => mine.includes(`${port}/${protocol}`))
    if (taken) throw new DriverError('PORT_TAKEN', `Port ${taken.port} is in use on this machine`)
  }

  const driver: MemoryDriver = {
    calls: [],
    images: new Set(['ctrl-alt-play/probe:local']),

    async info() {
      await enter('info')
      return engineInfo
    },
    async list(known) {
      await enter('list')
      const views = [...containers.values()].map(({ view }) => {
        const before = known?.get(view.id)
        const isRunning = before?.state === 'running' && view.state === 'running'
        return isRunning ? before : { ...view }
      })
      return { containers: views, orphans: [...orphans] }
    },
    async *events(signal) {
      if (broken) throw broken
      try {
        for await (const [event] of on(bus, 'event', { signal })) yield event as EngineEvent
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },
    async pull(image, { signal, onProgress }) {
      await enter('pull', image)
      if (driver.images.has(image)) return
      if (signal.aborted) throw new DriverError('CANCELLED', 'The pull was cancelled')
      if (image.startsWith('ctrl-alt-play/')) {
        throw new DriverError(
          'IMAGE_PULL_FAILED',
          `${image} is made on this machine and is not there`
        )
      }
      for (const percent of [0, 50, 100]) onProgress({ percent, message: 'Downloading' })
      driver.images.add(image)
    },
    async prepareData(serverId, { wipe }) {
      await enter('prepareData', wipe ? `${serverId} wipe` : serverId)
      data.add(serverId)
    },
    async hasData(serverId) {
      await enter('hasData')
      return data.has(serverId)
    },
    async removeData(serverId) {
      await enter('removeData', serverId)
      data.delete(serverId)
    },
    async create(wanted: WantedServer) {
      const { serverId, spec, restartSeq, installed } = wanted
      await enter('create', serverId)
      const existing = byServer(serverId)
      if (existing) {
        const { view } = existing
        if (view.restartSeq === restartSeq && view.specHash === specHashOf(spec)) return view.id
        throw new DriverError('NAME_TAKEN', `A container cap-${serverId} exists already`)
      }
      if (!driver.images.has(spec.image)) {
        throw new DriverError('IMAGE_MISSING', `The image ${spec.image} is not on this machine`)
      }
      if (installed && !data.has(serverId)) {
        throw new DriverError('DATA_MISSING', `The files of server ${serverId} are gone`)
      }
      data.add(serverId)
      made++
      const id = made.toString(16).padStart(64, '0')
      const container = createMemoryContainer(id, structuredClone(wanted), say)
      containers.set(id, container)
      say(container, 'create')
      return id
    },
    async configure() {
      await enter('configure')
      return []
    },
    async start(id) {
      await enter('start', nameOf(id))
      const container = byId(id)
      if (isUp(container)) return
      refuseTakenPorts(container)
      container.start()
    },
    async signal(id, signal) {
      await enter('signal', `${nameOf(id)} ${signal}`)
      const container = byId(id)
      if (!isUp(container)) return
      say(container, 'kill')
      container.react(memoryGame.signal(signal, container.wanted.spec.environment))
    },
    async kill(id) {
      await enter('kill', nameOf(id))
      const container = byId(id)
      if (isUp(container)) container.end(137)
    },
    async remove(id) {
      await enter('remove', nameOf(id))
      const container = containers.get(id)
      if (container) drop(container)
    },
    async *logs({ id }, { sinceNs, follow, signal }) {
      if (broken) throw broken
      const container = byId(id)
      for (let next = 0; !signal.aborted; next++) {
        const line = container.log[next]
        if (line && line.atNs >= sinceNs) yield line
        if (line) continue
        if (!follow || !isUp(container)) return
        await container.changed(signal).catch(() => undefined)
        next--
      }
    },
    async input(id, line) {
      await enter('input', `${nameOf(id)} ${line}`)
      const container = byId(id)
      if (!isUp(container)) throw new DriverError('NOT_RUNNING', 'The server does not run')
      container.inputs.push(line)
      container.react(memoryGame.input(line))
    },
    async stats({ id, serverId }) {
      await enter('stats')
      const container = containers.get(id)
      if (!container || !isUp(container)) return
      const uptimeMs = Date.now() - Date.parse(container.view.startedAt ?? '')
      return {
        serverId,
        at: new Date().toISOString(),
        cpuPercent: 1,
        memoryMiB: 2,
        networkRxBytes: 0,
        networkTxBytes: 0,
        diskMiB: 0,
        uptimeSeconds: Math.max(0, Math.round(uptimeMs / 1000))
      }
    },
    async install({ serverId }, { script }, { signal, onLine }) {
      await enter('install', serverId)
      const cancelled = new DriverError('CANCELLED', 'The installation was cancelled')
      if (signal.aborted) throw cancelled
      const { lines, exitCode = 0, sleeps } = readMemoryScript(script)
      for (const text of lines.map(line => Buffer.from(line))) {
        const atNs = nextNs()
        const atMs = Number(atNs / 1_000_000n)
        await onLine({ atNs, atMs, stream: 'stdout', continued: false, text })
      }
      if (!sleeps) return exitCode
      await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
      throw cancelled
    },
    close() {
      bus.emit('error', new DriverError('ENGINE_UNAVAILABLE', 'The driver was closed'))
    },

    container: ofServer,
    exit: (serverId, exitCode, options) => ofServer(serverId).end(exitCode, options?.oomKilled),
    sayOutOfMemory(serverId) {
      const container = ofServer(serverId)
      container.view.oomKilled = true
      say(container, 'oom')
    },
    print: (serverId, ...lines) => ofServer(serverId).print(lines),
    failNext(method, error) {
      failures.set(method, [...(failures.get(method) ?? []), error])
    },
    hold(method) {
      const { promise, resolve } = withResolvers()
      holds.set(method, promise)
      return () => {
        holds.delete(method)
        resolve()
      }
    },
    vanish: serverId => drop(ofServer(serverId)),
    loseData: serverId => void data.delete(serverId),
    addOrphan: orphan => void orphans.push(orphan),
    breakEngine(reason) {
      broken = reason === undefined ? undefined : new DriverError('ENGINE_UNAVAILABLE', reason)
      if (broken) bus.emit('error', broken)
    }
  }
  bus.on('error', () => undefined)
  return driver
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>(done => {
    resolve = done
  })
  return { promise, resolve }
}
