import type { CommandProgress, Failpoint, StopRule, WantedServer } from '@ctrl-alt-play/protocol'
import type { Bell } from '../bell.ts'
import { withDeadline } from '../deadline.ts'
import type { Container, Driver } from '../runtime/driver.ts'
import { DriverError } from '../runtime/driver-error.ts'
import type { Places } from './places.ts'
import type { Step } from './plan.ts'
import type { Timing } from './timing.ts'

/** What all servers of a node share when something is done to one. */
export interface Workshop {
  driver: Driver
  timing: Timing
  starts: Places
  pulls: Places
  /** Reads a container's log to its end, as far as that is possible in time. */
  drain(container: Container): Promise<void>
  failpoint?: Failpoint | undefined
}

/** The server that a step is for. */
export interface Subject {
  wanted(): WantedServer
  isDown(containerId: string): boolean
  changed: Bell
  /** Aborts when waiting out the grace of a stop is over. */
  impatience(): AbortSignal
  progress(progress: CommandProgress): void
  /** For people who read later what happened. */
  tell(code: string, message: string): void
  /** The place in the line of starts is given back once the game is ready, is down, or has had its time. */
  holdPlace(giveBack: () => void): void
}

type Doing = Exclude<Step, { do: 'nothing' | 'wait' | 'judge' }>

type Appliers = {
  [K in Doing['do']]: (
    shop: Workshop,
    subject: Subject,
    step: Extract<Doing, { do: K }>,
    signal: AbortSignal
  ) => Promise<void>
}

const appliers: Appliers = {
  make: (shop, subject, _step, signal) => make(shop, subject, signal),
  start: (shop, subject, { container }, signal) => start(shop, subject, container, signal),
  stop: (shop, subject, step, signal) => stop(shop, subject, step, signal),
  remove: (shop, subject, { container }) => remove(shop, subject, container),
  erase: (shop, subject) => erase(shop, subject)
}

/** Does one step. Rejects when it went wrong; each step may be done again. */
export async function apply(
  shop: Workshop,
  subject: Subject,
  step: Doing,
  signal: AbortSignal
): Promise<void> {
  const applier = appliers[step.do] as Appliers[Doing['do']] as (
    shop: Workshop,
    subject: Subject,
    step: Doing,
    signal: AbortSignal
  ) => Promise<void>
  await applier(shop, subject, step, signal)
  await shop.failpoint?.(`agent.step.${step.do}`)
}

async function make(shop: Workshop, subject: Subject, signal: AbortSignal): Promise<void> {
  const wanted = subject.wanted()
  subject.progress({ phase: 'CREATING' })
  try {
    await soon(shop, shop.driver.create(wanted))
  } catch (err) {
    if (!isImageMissing(err)) throw err
    await pull(shop, wanted.spec.image, { signal, progress: subject.progress })
    subject.progress({ phase: 'CREATING' })
    await soon(shop, shop.driver.create(wanted))
  }
}

/** Fetches an image when its turn has come; says how far it is. */
export async function pull(
  shop: Pick<Workshop, 'driver' | 'pulls'>,
  image: string,
  options: { signal: AbortSignal; progress(progress: CommandProgress): void }
): Promise<void> {
  const { signal, progress } = options
  if (shop.pulls.areTaken()) progress({ phase: 'WAITING_IN_LINE', message: 'Other images first.' })
  const giveBack = await shop.pulls.take(signal)
  try {
    await shop.driver.pull(image, {
      signal,
      onProgress: ({ percent, message }) =>
        progress({ phase: 'PULLING', message, ...(percent !== undefined && { percent }) })
    })
  } finally {
    giveBack()
  }
}

async function start(
  shop: Workshop,
  subject: Subject,
  container: Container,
  signal: AbortSignal
): Promise<void> {
  if (shop.starts.areTaken()) subject.progress({ phase: 'WAITING_IN_LINE' })
  const giveBack = await shop.starts.take(signal)
  try {
    subject.progress({ phase: 'STARTING' })
    const left = await soon(shop, shop.driver.configure(subject.wanted()))
    for (const problem of left) subject.tell('CONFIG_FILE_LEFT', `The config file ${problem}.`)
    signal.throwIfAborted()
    await soon(shop, shop.driver.start(container.id))
    subject.holdPlace(giveBack)
  } catch (err) {
    giveBack()
    throw err
  }
}

const ASK_TIMEOUT_MS = 10_000
const KILL_TIMEOUT_MS = 30_000
const ERASE_TIMEOUT_MS = 3_600_000

/** As the Alt says, then by force when its grace is over or nobody wants to wait for that. */
async function stop(
  { driver, timing }: Workshop,
  subject: Subject,
  { container, atOnce }: Extract<Step, { do: 'stop' }>,
  closing: AbortSignal
): Promise<void> {
  const isAbsent = subject.wanted().desired === 'ABSENT'
  subject.progress({ phase: isAbsent ? 'DELETING' : 'STOPPING' })
  const isDown = (): boolean => subject.isDown(container.id)
  const rule = subject.wanted().spec.stop
  if (!atOnce && !subject.impatience().aborted) {
    const isAsked = await ask(driver, container.id, rule)
    const timeoutMs = isAsked ? rule.graceSeconds * 1000 : 0
    const signal = AbortSignal.any([subject.impatience(), closing])
    if (await subject.changed.until(isDown, { timeoutMs, signal })) return
    // The agent ends: the next one goes on from here.
    closing.throwIfAborted()
  }
  await withDeadline(driver.kill(container.id), timing.stepTimeoutMs, tooLate)
  if (await subject.changed.until(isDown, { timeoutMs: KILL_TIMEOUT_MS })) return
  throw new DriverError('ENGINE_UNAVAILABLE', 'Docker could not end the game.')
}

/** False when there is no way to ask: then there is nothing to wait for. */
async function ask(driver: Driver, containerId: string, rule: StopRule): Promise<boolean> {
  const asking =
    rule.type === 'command'
      ? driver.input(containerId, rule.value)
      : driver.signal(containerId, rule.value)
  try {
    await withDeadline(asking, ASK_TIMEOUT_MS, tooLate)
    return true
  } catch {
    return withDeadline(driver.signal(containerId, 'SIGTERM'), ASK_TIMEOUT_MS, tooLate).then(
      () => true,
      () => false
    )
  }
}

async function remove(shop: Workshop, subject: Subject, container: Container): Promise<void> {
  if (subject.wanted().desired === 'ABSENT') subject.progress({ phase: 'DELETING' })
  await shop.drain(container)
  await soon(shop, shop.driver.remove(container.id))
}

async function erase(shop: Workshop, subject: Subject): Promise<void> {
  subject.progress({ phase: 'DELETING' })
  const { serverId } = subject.wanted()
  await withDeadline(shop.driver.removeData(serverId), ERASE_TIMEOUT_MS, tooLate)
}

function soon<T>({ timing }: Workshop, work: Promise<T>): Promise<T> {
  return withDeadline(work, timing.stepTimeoutMs, tooLate)
}

function tooLate(): Error {
  return new DriverError('ENGINE_UNAVAILABLE', 'Docker takes too long for this.')
}

function isImageMissing(err: unknown): boolean {
  return err instanceof DriverError && err.code === 'IMAGE_MISSING'
}
