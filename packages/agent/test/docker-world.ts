import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { pino } from 'pino'
import type { Test } from 'tap'
import { defaultPolicy, type Policy } from '../src/policy/policy.ts'
import { createDockerDriver } from '../src/runtime/docker-driver.ts'
import type { Driver } from '../src/runtime/driver.ts'
import { PROBE } from './wanted.ts'

export const SOCKET = '/var/run/docker.sock'
export const docker = new Docker({ socketPath: SOCKET })

/** The probe with a shell at its usual place and an entrypoint that nobody wants. */
export const SHELL_IMAGE = 'ctrl-alt-play/probe-with-shell:local'

export interface DockerWorld {
  driver: Driver
  nodeId: string
  dataDir: string
  /** Another driver on the same node, as after a restart of the agent. */
  again(changes?: { policy?: Policy; socketPath?: string }): Driver
}

/** A node of its own on the real engine; its containers and files go with the test. */
export async function createDockerWorld(t: Test): Promise<DockerWorld> {
  const nodeId = randomUUID()
  const dataDir = await mkdtemp(join(tmpdir(), 'cap-runtime-'))
  const drivers: Driver[] = []
  const again: DockerWorld['again'] = ({ policy = defaultPolicy(), socketPath = SOCKET } = {}) => {
    const log = pino({ enabled: false })
    const driver = createDockerDriver({ nodeId, dataDir, policy, log, socketPath })
    drivers.push(driver)
    return driver
  }
  t.teardown(async () => {
    for (const driver of drivers) driver.close()
    const filters = { label: [`cap.node=${nodeId}`] }
    const left = await docker.listContainers({ all: true, filters })
    await Promise.all(left.map(({ Id }) => removeContainer(Id)))
    await rm(dataDir, { recursive: true, force: true })
  })
  return { driver: again(), nodeId, dataDir, again }
}

export async function removeContainer(id: string): Promise<void> {
  await docker.getContainer(id).remove({ force: true, v: true })
}

export async function ensureShellImage(): Promise<void> {
  const isThere = await docker
    .getImage(SHELL_IMAGE)
    .inspect()
    .then(
      () => true,
      () => false
    )
  if (isThere) return
  const container = await docker.createContainer({
    Image: PROBE,
    Cmd: ['/bin/busybox', 'ln', '-s', '/bin/busybox', '/bin/sh']
  })
  await container.start()
  await container.wait()
  const [repo, tag] = SHELL_IMAGE.split(':')
  await container.commit({ repo, tag, changes: 'ENTRYPOINT ["/bin/busybox", "false"]' })
  await container.remove()
}
