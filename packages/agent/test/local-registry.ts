import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Test } from 'tap'
import { docker } from './docker-world.ts'
import { until } from './until.ts'

export interface Registry {
  host: string
  /** Copies a local image there and forgets the copy here; answers its name. */
  push(image: string, name: string): Promise<string>
}

/** The one account of a registry that asks for a login. */
export const account = { username: 'player', password: 'open sesame' }
const HTPASSWD = 'player:$2b$05$ocz35ZyAwZLIXlJ8LrbESuNGhoaiBgfqa/.b73ZOIfhgySNY7OFGC'

/** Debian's docker-registry on a port and in a folder of its own. */
export async function startRegistry(t: Test, { hasLogin = false } = {}): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'cap-registry-'))
  const host = `127.0.0.1:${await freePort()}`
  const passwords = join(folder, 'htpasswd')
  await writeFile(passwords, `${HTPASSWD}\n`)
  const config = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: join(folder, 'images') } },
    http: { addr: host },
    ...(hasLogin && { auth: { htpasswd: { realm: 'test', path: passwords } } })
  }
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config))
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' })
  t.teardown(async () => {
    await stop(child)
    await rm(folder, { recursive: true, force: true })
  })
  await until('the registry', () =>
    fetch(`http://${host}/v2/`).then(
      () => true,
      () => false
    )
  )

  return {
    host,
    async push(image, name) {
      const repo = `${host}/${name}`
      await docker.getImage(image).tag({ repo, tag: 'latest' })
      const options = { authconfig: { ...account, serveraddress: host } }
      const stream = await docker.getImage(`${repo}:latest`).push(options)
      await finish(stream as Readable)
      await docker.getImage(`${repo}:latest`).remove()
      return `${repo}:latest`
    }
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function finish(stream: Readable): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(stream, error => (error ? reject(error) : resolve()))
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}
