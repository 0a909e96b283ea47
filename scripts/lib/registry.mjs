import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { which } from './apt.mjs'
import { canListen } from './can-listen.mjs'
import { problem } from './problem.mjs'
import { endProcess, until } from './processes.mjs'
import { run } from './run.mjs'

async function freePort(preferred) {
  const first = await canListen(preferred, '127.0.0.1')
  return first.ok ? preferred : (await canListen(0, '127.0.0.1')).port
}

/**
 * A registry of our own on loopback (which Docker trusts without TLS), with its store in a temporary
 * folder. Returns { address, publish(docker, base, path), stop }.
 */
export async function startRegistry(preferredPort = 5000) {
  const port = await freePort(preferredPort)
  const address = `127.0.0.1:${port}`
  const folder = await mkdtemp(join(tmpdir(), 'ctrl-alt-play-registry-'))
  const config = join(folder, 'config.yml')
  await writeFile(
    config,
    `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: '${join(folder, 'store')}' }, delete: { enabled: true } }
http: { addr: '${address}' }
`
  )
  const child = spawn(which('docker-registry'), ['serve', config], {
    stdio: 'ignore',
    detached: true
  })
  const exited = once(child, 'exit').catch(() => {})
  const stop = async () => {
    await endProcess(child.pid, 3000)
    await exited
    await rm(folder, { recursive: true, force: true })
  }
  const answers = () =>
    fetch(`http://${address}/v2/`, { signal: AbortSignal.timeout(1000) }).then(
      response => response.ok,
      () => false
    )
  if (!(await until(answers, { timeoutMs: 15_000, everyMs: 50 }))) {
    await stop()
    throw problem(`The image registry does not answer on ${address}.`)
  }

  /**
   * Publishes `base` with a layer of random bytes on top, and forgets it here: whoever wants it has
   * to pull, and sees progress. Returns the full name.
   */
  async function publish(docker, base, path, ballastBytes = 8 * 1024 * 1024) {
    const context = join(folder, 'context')
    await mkdir(context, { recursive: true })
    await writeFile(join(context, 'ballast'), randomBytes(ballastBytes))
    await writeFile(join(context, 'Dockerfile'), `FROM ${base}\nCOPY ballast /game/ballast\n`)
    const tar = join(folder, 'context.tar')
    await run('tar', ['-cf', tar, '-C', context, '.'])
    const target = `${address}/${path}`
    await docker.buildImage(target, createReadStream(tar))
    await docker.pushImage(target)
    await docker.removeImage(target)
    return target
  }

  return { address, publish, stop }
}
