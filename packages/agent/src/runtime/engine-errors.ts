import { DriverError, type DriverErrorCode } from './driver-error.ts'

/** What Docker answered, as dockerode hands it over. */
interface EngineFailure {
  statusCode?: number
  code?: string
  message: string
}

const GONE = new Set(['ECONNREFUSED', 'ENOENT', 'EACCES', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'])

/** An error without a code of ours becomes one of ours where a person can do something about it. */
export function asDriverError(error: unknown): unknown {
  if (error instanceof DriverError || !(error instanceof Error)) return error
  const failure: EngineFailure = error
  if (failure.statusCode === undefined) return connectionError(failure, error)
  const said = wordsOf(error)
  if (/no such container|marked for removal/i.test(said)) {
    return new DriverError('NO_SUCH_CONTAINER', 'The container is not there any more', {
      cause: error
    })
  }
  if (/no space left on device/i.test(said)) return diskFull(error)
  return error
}

/** Docker's own sentence, without what dockerode puts around it. */
export function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim()
}

export function statusOf(error: unknown): number | undefined {
  return (error as EngineFailure | undefined)?.statusCode
}

export function diskFull(cause: unknown): DriverError {
  return new DriverError(
    'DISK_FULL',
    "The node's disk is full: free some space (docker system df shows what Docker uses)",
    { cause }
  )
}

/** Why a container did not start, with the port or the program by name. */
export function startError(error: unknown, portsOfServer: string): unknown {
  const known = asDriverError(error)
  if (known instanceof DriverError) return known
  const said = wordsOf(error)
  return new DriverError(startCode(said), explainStart(said, portsOfServer), { cause: error })
}

function startCode(said: string): DriverErrorCode {
  if (/port is already allocated|address already in use/i.test(said)) return 'PORT_TAKEN'
  return isDataMissing(said) ? 'DATA_MISSING' : 'START_FAILED'
}

/** The folder that a container is to have, or has had, is not there. */
export function isDataMissing(said: string): boolean {
  return /bind source path does not exist/i.test(said)
}

function explainStart(said: string, portsOfServer: string): string {
  if (/port is already allocated|address already in use/i.test(said)) {
    const port = /(?:Bind for |listen (?:tcp|udp)[46]? )(\S+):(\d+)/i.exec(said)
    const place = port ? `Port ${port[2]} on ${port[1]}` : `One of the ports ${portsOfServer}`
    return `${place} is in use by another program on this node: stop that program or give the server another port`
  }
  if (isDataMissing(said)) {
    return "The server's files are gone from this node: bring them back or reinstall the server"
  }
  if (/cannot assign requested address/i.test(said)) {
    const address = /(\S+):\d+: bind: cannot assign/i.exec(said)?.[1] ?? portsOfServer
    return `This node has no address ${address}: give the server an allocation on an address of the node`
  }
  const program = /exec: "([^"]*)"/.exec(said)?.[1]
  if (program && /executable file not found|no such file or directory/i.test(said)) {
    return `The image has no program "${program}": check the startup command`
  }
  if (program && /permission denied/i.test(said)) {
    return `"${program}" may not be run in this image: check the startup command`
  }
  return `Docker could not start the server: ${said}`
}

function connectionError(failure: EngineFailure, cause: Error): unknown {
  if (cause.name === 'AbortError') return cause
  const isGone =
    GONE.has(failure.code ?? '') || /socket hang up|gave no answer|aborted/.test(failure.message)
  if (!isGone) return cause
  return new DriverError('ENGINE_UNAVAILABLE', explainConnection(failure), { cause })
}

function explainConnection({ code, message }: EngineFailure): string {
  switch (code) {
    case 'ENOENT':
      return 'There is no Docker engine on this machine, or it does not run: install or start Docker'
    case 'ECONNREFUSED':
      return 'The Docker engine does not run: start it (systemctl start docker)'
    case 'EACCES':
      return 'The agent may not use the Docker engine: run it as root or as a member of the group docker'
    default:
      return /gave no answer/.test(message)
        ? `The Docker engine does not answer: ${message}`
        : `The connection to the Docker engine broke (${message})`
  }
}
