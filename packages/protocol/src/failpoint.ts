import { type FailpointName, failpoints } from './failpoint-catalog.ts'

/** Passed at an arrow of the link; undefined in every process that no test has armed. */
export type Failpoint = (name: FailpointName, kind?: string) => Promise<void>

type FailpointAction = { do: 'kill9' | 'stop' | 'error' } | { do: 'delay'; ms: number }

export interface ArmedFailpoint {
  name: FailpointName
  /** Only these kinds, and not before each of them has come; undefined: whoever comes first. */
  kinds: ReadonlySet<string> | undefined
  action: FailpointAction
}

/** The environment's word: a failpoint itself, or a file that says at each arrow which one is armed, if any. */
export type FailpointSetting = { armed: ArmedFailpoint } | { file: string; owner: FailpointOwner }

export type FailpointOwner = 'panel' | 'agent'

/** Reads CAP_FAILPOINT; throws, in a sentence, when that is not for this process or for no process at all. */
export function readFailpointSetting(
  environment: { CAP_FAILPOINT?: string | undefined; NODE_ENV?: string | undefined },
  owner: FailpointOwner
): FailpointSetting | undefined {
  const text = environment.CAP_FAILPOINT?.trim()
  if (!text) return undefined
  if (environment.NODE_ENV === 'production') {
    throw new Error('CAP_FAILPOINT is for tests alone: it is refused when NODE_ENV is production.')
  }
  const file = /^file:(.+)$/.exec(text)?.[1]
  return file ? { file, owner } : { armed: parseFailpoint(text, owner) }
}

/** NAME[@KIND+KIND]:ACTION, where ACTION is kill9, stop, error or delay:MS. */
export function parseFailpoint(text: string, owner: FailpointOwner): ArmedFailpoint {
  const [, name = '', kinds, verb = '', ms] =
    /^([a-z.]+)(?:@([a-z+]+))?:([a-z0-9]+)(?::(\d{1,7}))?$/.exec(text.trim()) ?? []
  if (!isOf(owner, name)) {
    const known = Object.keys(failpoints).filter(one => isOf(owner, one))
    throw new Error(
      `CAP_FAILPOINT: the ${owner} has no "${name || text}", only ${known.join(', ')}.`
    )
  }
  const action = actionOf(verb, ms)
  if (!action) {
    throw new Error(`CAP_FAILPOINT: "${text}" must end in :kill9, :stop, :error or :delay:MS.`)
  }
  return { name, kinds: kinds === undefined ? undefined : new Set(kinds.split('+')), action }
}

function isOf(owner: FailpointOwner, name: string): name is FailpointName {
  return Object.hasOwn(failpoints, name) && name.startsWith(`${owner}.`)
}

function actionOf(verb: string, ms: string | undefined): FailpointAction | undefined {
  if (verb === 'delay') return ms === undefined ? undefined : { do: 'delay', ms: Number(ms) }
  const isPlain = verb === 'kill9' || verb === 'stop' || verb === 'error'
  return isPlain && ms === undefined ? { do: verb } : undefined
}

/** What a failpoint may do to its process. */
export interface FailpointHands {
  armed(): ArmedFailpoint | undefined
  /** It fires now, and not again. */
  disarm(): void
  signal(name: 'SIGKILL' | 'SIGSTOP'): void
  tell(name: FailpointName, action: string): void
}

interface Gathering {
  armed: ArmedFailpoint
  missing: Set<string>
  complete: Promise<void>
  end(): void
}

/** Fires once: when the first has come there, or the last of the kinds that were named. */
export function createFailpoint(hands: FailpointHands): Failpoint {
  let gathering: Gathering | undefined

  /** False: it was here before, or is not meant. True for the last that was waited for. */
  async function gather(
    armed: ArmedFailpoint,
    kind: string | undefined
  ): Promise<boolean | undefined> {
    if (!armed.kinds) return true
    if (kind === undefined || !armed.kinds.has(kind)) return undefined
    if (!gathering || !isSame(gathering.armed, armed)) gathering = begin(armed)
    const { missing, complete, end } = gathering
    if (!missing.delete(kind)) return undefined
    if (missing.size > 0) {
      await complete
      return false
    }
    gathering = undefined
    end()
    return true
  }

  return async (name, kind) => {
    const armed = hands.armed()
    if (armed?.name !== name) return
    const isLast = await gather(armed, kind)
    if (isLast === undefined) return
    const { action } = armed
    if (isLast) {
      hands.disarm()
      hands.tell(name, action.do)
    }
    switch (action.do) {
      case 'kill9':
        return isLast ? hands.signal('SIGKILL') : undefined
      case 'stop':
        return isLast ? hands.signal('SIGSTOP') : undefined
      case 'error':
        throw new Error(`failpoint ${name}`)
      case 'delay':
        return new Promise(resolve => setTimeout(resolve, action.ms))
    }
  }
}

function begin(armed: ArmedFailpoint): Gathering {
  let end: () => void = () => undefined
  const complete = new Promise<void>(resolve => {
    end = resolve
  })
  return { armed, missing: new Set(armed.kinds), complete, end }
}

function isSame(one: ArmedFailpoint, other: ArmedFailpoint): boolean {
  const listOf = ({ kinds }: ArmedFailpoint): string => [...(kinds ?? [])].join()
  return (
    one.name === other.name && one.action.do === other.action.do && listOf(one) === listOf(other)
  )
}
