import type {
  ConsoleLine,
  EngineInfo,
  InstallScript,
  Orphan,
  ServerStats,
  WantedServer
} from '@ctrl-alt-play/protocol'

/** One of our containers as the engine shows it. Its labels say which server, generation and run it was made for. */
export interface Container {
  id: string
  name: string
  serverId: string
  generation: number
  restartSeq: number
  /** `specHashOf` the spec that it was made from. */
  specHash: string
  state: 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'
  /** ISO times; null when it was never started or has not ended. */
  startedAt: string | null
  finishedAt: string | null
  exitCode: number | null
  oomKilled: boolean
  tty: boolean
}

export interface Found {
  containers: Container[]
  /** What carries our name or labels and is not ours to touch. */
  orphans: Orphan[]
}

export interface EngineEvent {
  serverId: string
  containerId: string
  action:
    | 'create'
    | 'start'
    | 'die'
    | 'oom'
    | 'stop'
    | 'kill'
    | 'destroy'
    | 'rename'
    | 'pause'
    | 'unpause'
}

/**
 * A line of a container's log with the engine's own time in nanoseconds, by which reading can be resumed.
 * From line to line it grows or stays the same; the same log gives the same lines and times each time it is read.
 */
export interface LogLine extends ConsoleLine {
  atNs: bigint
  /** The engine had thrown away what stood before it when it was read: nobody knows how much. */
  afterHole?: true
}

export interface PullProgress {
  percent: number | undefined
  message: string
}

/**
 * Everything the agent asks of a container engine. Each call is safe to repeat, and "already so" is success.
 * Failures that a person can do something about are a `DriverError` with a code.
 */
export interface Driver {
  /** Rejects with ENGINE_UNAVAILABLE when no engine answers within some seconds. */
  info(): Promise<EngineInfo>
  /** Those of `known` (by id) that ran and are listed as running are not asked about again: they come back as they are. */
  list(known?: ReadonlyMap<string, Container>): Promise<Found>
  /** Ends when the signal aborts; rejects when the engine goes away. */
  events(signal: AbortSignal): AsyncIterable<EngineEvent>
  /** Does nothing when the image is there. */
  pull(
    image: string,
    options: { signal: AbortSignal; onProgress(progress: PullProgress): void }
  ): Promise<void>
  /** Makes the server's folder, owned by a user of its own. */
  prepareData(serverId: string, options: { wipe: boolean }): Promise<void>
  hasData(serverId: string): Promise<boolean>
  removeData(serverId: string): Promise<void>
  /** A new container, not yet started; answers its id. Refuses (DATA_MISSING) when the server is installed but its folder is gone. */
  create(wanted: WantedServer): Promise<string>
  /**
   * Before each start: brings the server's config files about. Answers what was left alone, in words; refuses
   * (CONFIG_FILE_REFUSED) when there is something at a file's place that is no ordinary file.
   */
  configure(wanted: WantedServer): Promise<string[]>
  start(containerId: string): Promise<void>
  signal(containerId: string, signal: string): Promise<void>
  kill(containerId: string): Promise<void>
  remove(containerId: string): Promise<void>
  /**
   * The container's output from `sinceNs` (0: its first line) on; with `follow` until it has exited or the signal aborts.
   * Never by attach: a reader that stalls must not stall the game.
   */
  logs(
    container: Pick<Container, 'id' | 'tty'>,
    options: { sinceNs: bigint; follow: boolean; signal: AbortSignal }
  ): AsyncIterable<LogLine>
  /** Writes one line to the game's stdin; resolves when the engine has taken it. Rejects with NOT_RUNNING. */
  input(containerId: string, line: string): Promise<void>
  /** Undefined when it does not run. */
  stats(
    container: Pick<Container, 'id' | 'serverId' | 'startedAt'>
  ): Promise<ServerStats | undefined>
  /**
   * Runs the script to its end under the server's limits; resolves with its exit code. A leftover of an earlier run is
   * removed first. The next line is read when `onLine` is done with the one before.
   */
  install(
    wanted: WantedServer,
    script: InstallScript,
    options: { signal: AbortSignal; onLine(line: LogLine): void | Promise<void> }
  ): Promise<number>
  /** Lets go of sockets; containers stay as they are. */
  close(): void
}
