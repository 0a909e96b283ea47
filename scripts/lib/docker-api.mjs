import { request } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { problem } from './problem.mjs'

/** Where the engine listens: what DOCKER_HOST says, or the usual socket; `unknown` for ssh and TLS. */
export function engineAddress(dockerHost, tlsVerify) {
  if (!dockerHost) return { socketPath: '/var/run/docker.sock' }
  if (dockerHost.startsWith('unix://')) return { socketPath: dockerHost.slice('unix://'.length) }
  const url = URL.canParse(dockerHost) ? new URL(dockerHost) : undefined
  if (!url || !['tcp:', 'http:'].includes(url.protocol) || tlsVerify) return { unknown: true }
  return { host: url.hostname, port: url.port || '2375' }
}

/**
 * A few calls of the Docker Engine API over plain HTTP: enough to look for an engine and to fill it
 * before any dependency is installed.
 */
export function createDockerApi(address) {
  function call(method, path, { headers, body, timeoutMs = 10_000 } = {}) {
    return new Promise((resolve, reject) => {
      const req = request({
        ...address,
        method,
        path,
        headers,
        signal: AbortSignal.timeout(timeoutMs)
      })
      req.on('error', reject)
      req.on('response', async response => {
        try {
          const text = (await response.setEncoding('utf8').toArray()).join('')
          resolve({ status: response.statusCode, text })
        } catch (error) {
          reject(error)
        }
      })
      if (body) pipeline(body, req).catch(reject)
      else req.end()
    })
  }

  /** A call whose answer is a stream of progress lines: the last one may be an error. */
  async function callWithProgress(what, method, path, options) {
    const { status, text } = await call(method, path, { timeoutMs: 300_000, ...options })
    const lines = text
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line))
    const failure = lines.map(line => line.error ?? line.message).find(Boolean)
    if (status >= 300 || failure) throw problem(`${what} failed: ${failure ?? `status ${status}`}`)
  }

  return {
    /** { version, liveRestore } of the engine that answers, else undefined. */
    async find() {
      if (address.unknown) return undefined
      try {
        const { status, text } = await call('GET', '/info', { timeoutMs: 5000 })
        if (status !== 200) return undefined
        const info = JSON.parse(text)
        return { version: info.ServerVersion, liveRestore: info.LiveRestoreEnabled === true }
      } catch {
        return undefined
      }
    },

    /** Its labels; undefined when there is no such image. */
    async labelsOf(name) {
      const { status, text } = await call('GET', `/images/${name}/json`)
      return status === 200 ? (JSON.parse(text).Config?.Labels ?? {}) : undefined
    },

    /** Makes an image of one layer from a tar stream. */
    importImage(name, tar, changes = []) {
      const [repo, tag] = splitTag(name)
      const query = new URLSearchParams({ fromSrc: '-', repo, tag })
      for (const change of changes) query.append('changes', change)
      return callWithProgress(`Importing ${name}`, 'POST', `/images/create?${query}`, {
        headers: { 'content-type': 'application/x-tar' },
        body: tar
      })
    },

    /** Builds from a tar stream with a Dockerfile in it. */
    buildImage(name, context) {
      const query = new URLSearchParams({ t: name, rm: 'true' })
      return callWithProgress(`Building ${name}`, 'POST', `/build?${query}`, {
        headers: { 'content-type': 'application/x-tar' },
        body: context
      })
    },

    async pushImage(name) {
      const [repo, tag] = splitTag(name)
      const headers = { 'x-registry-auth': Buffer.from('{}').toString('base64') }
      await callWithProgress(`Pushing ${name}`, 'POST', `/images/${repo}/push?tag=${tag}`, {
        headers
      })
    },

    /** Takes a name off an image, and its layers with it that no other image holds. */
    async removeImage(name) {
      const { status, text } = await call('DELETE', `/images/${name}`)
      if (status >= 300 && status !== 404) throw problem(`Removing ${name} failed: ${text.trim()}`)
    }
  }
}

function splitTag(name) {
  const colon = name.lastIndexOf(':')
  return colon > name.lastIndexOf('/')
    ? [name.slice(0, colon), name.slice(colon + 1)]
    : [name, 'latest']
}
