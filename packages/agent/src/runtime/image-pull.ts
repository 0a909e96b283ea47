import type { Readable } from 'node:stream'
import { checkImage, isMadeHere } from '../policy/check-image.ts'
import type { ImageReference } from '../policy/image-reference.ts'
import type { Policy } from '../policy/policy.ts'
import type { Driver } from './driver.ts'
import { DriverError } from './driver-error.ts'
import type { Engine } from './engine.ts'
import { statusOf, wordsOf } from './engine-errors.ts'
import { readJsonLines } from './json-lines.ts'
import { pullError } from './pull-errors.ts'
import { createPullMeter, type PullEvent } from './pull-progress.ts'

const INSPECT_TIMEOUT_MS = 15_000
const SILENCE_MS = 120_000

/** A registry that says nothing for `silenceMs` is given up. */
export function createImagePull(
  engine: Engine,
  policy: Policy,
  silenceMs: number = SILENCE_MS
): Driver['pull'] {
  return async function pull(image, { signal, onProgress }) {
    const reference = checkImage(policy, image)
    if (await isHere(engine, reference.name)) return
    if (isMadeHere(reference)) {
      throw new DriverError(
        'IMAGE_PULL_FAILED',
        `The image ${image} is made on the node itself and is not there: npm start makes it, or choose another image`
      )
    }
    const watch = createSilenceWatch(signal, silenceMs)
    try {
      const meter = createPullMeter()
      const answer = await begin(engine, policy, { reference, silenceMs, signal: watch.signal })
      for await (const event of readJsonLines(answer)) {
        watch.heard()
        const said = (event as PullEvent).error
        if (said) throw pullError(image, reference.registry, said)
        onProgress(meter.take(event as PullEvent))
      }
    } catch (error) {
      if (signal.aborted) throw new DriverError('CANCELLED', `The pull of ${image} was cancelled`)
      if (watch.signal.aborted) throw silent(image, reference.registry, silenceMs)
      if (error instanceof DriverError) throw error
      throw pullError(image, reference.registry, wordsOf(error))
    } finally {
      watch.stop()
    }
  }
}

async function isHere({ docker, call }: Engine, name: string): Promise<boolean> {
  try {
    await call(INSPECT_TIMEOUT_MS, () => docker.getImage(name).inspect())
    return true
  } catch (error) {
    if (statusOf(error) === 404) return false
    throw error
  }
}

interface Beginning {
  reference: ImageReference
  silenceMs: number
  signal: AbortSignal
}

/** The engine answers only when the registry has answered it, so the deadline is that of silence. */
async function begin(
  { docker, call }: Engine,
  policy: Policy,
  { reference, silenceMs, signal }: Beginning
): Promise<Readable> {
  const { registry, repository, tag, digest } = reference
  const account = policy.registryCredentials[registry]
  const serveraddress = registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry
  const options = {
    fromImage: `${registry}/${repository}`,
    tag: digest ?? tag ?? 'latest',
    abortSignal: signal
  }
  const authconfig = account && { ...account, serveraddress }
  const start = () =>
    authconfig ? docker.createImage(authconfig, options) : docker.createImage(options)
  return (await call(silenceMs + 1_000, start)) as Readable
}

function silent(image: string, registry: string, silenceMs: number): DriverError {
  return new DriverError(
    'IMAGE_PULL_FAILED',
    `The pull of ${image} made no progress for ${silenceMs / 1000} s: check the node's connection to ${registry} and try again`
  )
}

interface SilenceWatch {
  /** Aborts with the caller's signal, or after too long a silence. */
  signal: AbortSignal
  heard(): void
  stop(): void
}

function createSilenceWatch(signal: AbortSignal, silenceMs: number): SilenceWatch {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), silenceMs)
  return {
    signal: AbortSignal.any([signal, abort.signal]),
    heard: () => void timer.refresh(),
    stop: () => clearTimeout(timer)
  }
}
