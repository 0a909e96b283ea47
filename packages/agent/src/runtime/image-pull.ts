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
/** A registry that says nothing for so long is given up. */
const SILENCE_MS = 120_000

export function createImagePull(engine: Engine, policy: Policy): Driver['pull'] {
  return async function pull(image, { signal, onProgress }) {
    const reference = checkImage(policy, image)
    if (await isHere(engine, reference.name)) return
    if (isMadeHere(reference)) {
      throw new DriverError(
        'IMAGE_PULL_FAILED',
        `The image ${image} is made on the node itself and is not there: npm start makes it, or choose another image`
      )
    }
    const watch = createSilenceWatch(signal)
    try {
      const meter = createPullMeter()
      const answer = await begin(engine, policy, { reference, signal: watch.signal })
      for await (const event of readJsonLines(answer)) {
        watch.heard()
        const said = (event as PullEvent).error
        if (said) throw pullError(image, reference.registry, said)
        onProgress(meter.take(event as PullEvent))
      }
    } catch (error) {
      if (signal.aborted) throw new DriverError('CANCELLED', `The pull of ${image} was cancelled`)
      if (watch.signal.aborted) throw silent(image, reference.registry)
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
  signal: AbortSignal
}

/** The engine answers only when the registry has answered it, so the deadline is that of silence. */
async function begin(
  { docker, call }: Engine,
  policy: Policy,
  { reference, signal }: Beginning
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
  return (await call(SILENCE_MS + 1_000, start)) as Readable
}

function silent(image: string, registry: string): DriverError {
  return new DriverError(
    'IMAGE_PULL_FAILED',
    `The pull of ${image} made no progress for ${SILENCE_MS / 1000} s: check the node's connection to ${registry} and try again`
  )
}

interface SilenceWatch {
  /** Aborts with the caller's signal, or after too long a silence. */
  signal: AbortSignal
  heard(): void
  stop(): void
}

function createSilenceWatch(signal: AbortSignal): SilenceWatch {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), SILENCE_MS)
  return {
    signal: AbortSignal.any([signal, abort.signal]),
    heard: () => void timer.refresh(),
    stop: () => clearTimeout(timer)
  }
}
