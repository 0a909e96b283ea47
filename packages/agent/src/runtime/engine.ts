import type { Readable } from 'node:stream'
import Docker, { type Container, type ContainerCreateOptions } from 'dockerode'
import { asDriverError } from './engine-errors.ts'

/** The Docker client with a deadline on every call and errors in plain words. */
export interface Engine {
  docker: Docker
  call<T>(timeoutMs: number, run: (signal: AbortSignal) => Promise<T>): Promise<T>
  create(options: ContainerCreateOptions): Promise<Container>
  /** An answer that is read as it comes, e.g. a log. The deadline is for its beginning. */
  stream(path: string, query: Record<string, unknown>, signal: AbortSignal): Promise<Readable>
}

const STREAM_TIMEOUT_MS = 30_000
const CREATE_TIMEOUT_MS = 60_000

/** Without a socket: DOCKER_HOST, or where Docker usually listens. */
export function createEngine(socketPath?: string): Engine {
  const docker = new Docker(socketPath === undefined ? undefined : { socketPath })

  async function call<T>(timeoutMs: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`Docker gave no answer within ${timeoutMs / 1000} s`))
        abort.abort()
      }, timeoutMs)
    })
    try {
      return await Promise.race([run(abort.signal), late])
    } catch (error) {
      throw asDriverError(error)
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    docker,
    call,
    create({ name, ...body }) {
      // Told apart, for dockerode would put the whole into the address, too long with many variables.
      const options = { _query: { name }, _body: body }
      return call(CREATE_TIMEOUT_MS, () => docker.createContainer(options as object))
    },
    stream: (path, query, signal) =>
      call(STREAM_TIMEOUT_MS, timeout => {
        const abortSignal = AbortSignal.any([timeout, signal])
        return dial(docker, { path: `${path}?`, query, abortSignal })
      })
  }
}

interface Dial {
  path: string
  query: Record<string, unknown>
  abortSignal: AbortSignal
}

/** dockerode collects a log without `follow` in memory; this way it is a stream too. */
function dial(docker: Docker, { path, query, abortSignal }: Dial): Promise<Readable> {
  const statusCodes = { 200: true, 404: 'no such container', 500: 'server error' }
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      { path, method: 'GET', isStream: true, options: query, abortSignal, statusCodes },
      (error, stream) => (error ? reject(error) : resolve(stream as Readable))
    )
  })
}
