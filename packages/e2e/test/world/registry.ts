import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { images } from './config.ts'
import { freePort } from './free-port.ts'
import { launch, run } from './process.ts'
import { until } from './until.ts'
import type { Teardown } from './world.ts'

/** An image registry of the test's own that lets only one account in. */
export interface PrivateRegistry {
  address: string
  account: { username: string; password: string }
  /** Takes the probe image in under this name and forgets the copy here; answers the image's name. */
  publish(name: string): Promise<string>
  end(): Promise<unknown>
}

const account = { username: 'player', password: 'open sesame' }
/** The account as htpasswd -B writes it. */
const HTPASSWD = 'player:$2b$05$ocz35ZyAwZLIXlJ8LrbESuNGhoaiBgfqa/.b73ZOIfhgySNY7OFGC\n'

export async function createPrivateRegistry(t: Teardown): Promise<PrivateRegistry> {
  const dir = await mkdtemp(join(tmpdir(), 'cap-registry-'))
  const address = `127.0.0.1:${await freePort()}`
  const config = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(dir, 'images') } },
    http: { addr: address },
    auth: { htpasswd: { realm: 'players', path: join(dir, 'htpasswd') } }
  }
  await writeFile(join(dir, 'htpasswd'), HTPASSWD)
  await writeFile(join(dir, 'config.yml'), JSON.stringify(config))
  const args = ['serve', join(dir, 'config.yml')]
  const registry = launch({ command: 'docker-registry', args })
  t.teardown(async () => {
    await registry.end('SIGKILL')
    await rm(dir, { recursive: true, force: true })
  })
  await until('the registry asks for a login', async () => {
    const answer = await fetch(`http://${address}/v2/`)
    return answer.status === 401
  })
  const docker = new Docker({ socketPath: '/var/run/docker.sock' })

  return {
    address,
    account,
    end: () => registry.end('SIGKILL'),
    async publish(name) {
      const image = `${address}/${name}`
      await run('docker', ['tag', images.probe, image])
      const authconfig = { ...account, serveraddress: address }
      const pushed = await docker.getImage(image).push({ authconfig })
      await new Promise<void>((resolve, reject) =>
        docker.modem.followProgress(pushed, error => (error ? reject(error) : resolve()))
      )
      await docker.getImage(image).remove()
      return image
    }
  }
}
