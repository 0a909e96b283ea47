import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type Docker from 'dockerode'
import { createPrivateEngine, type PrivateEngine } from './private-engine.ts'
import { type LaunchOptions, run } from './process.ts'
import type { Teardown } from './world.ts'

/** A second machine: a network namespace with an address and a Docker engine of its own. */
export interface Machine {
  /** Where the first machine is reached from it. */
  hostAddress: string
  address: string
  dockerHost: string
  docker: Docker
  engine: PrivateEngine
  dir: string
  /** The command as it is run on that machine. */
  inside(command: string, args: string[]): LaunchOptions & { command: string }
}

export async function createMachine(t: Teardown): Promise<Machine> {
  const number = 1 + (process.pid % 250)
  const name = `cap${process.pid}`
  const dir = await mkdtemp(join(tmpdir(), 'cap-machine-'))
  const hostAddress = `10.213.${number}.1`
  const address = `10.213.${number}.2`
  const namespace = `/run/netns/${name}`
  const socket = join(dir, 'docker.sock')

  await run('ip', ['netns', 'add', name])
  t.teardown(async () => {
    await run('ip', ['netns', 'delete', name]).catch(() => undefined)
    await rm(dir, { recursive: true, force: true })
  })
  await run('ip', [
    'link',
    'add',
    `${name}h`,
    'type',
    'veth',
    'peer',
    'name',
    'eth0',
    'netns',
    name
  ])
  await run('ip', ['address', 'add', `${hostAddress}/24`, 'dev', `${name}h`])
  await run('ip', ['link', 'set', `${name}h`, 'up'])
  const inNamespace = (args: string[]) => run('ip', ['-n', name, ...args])
  await inNamespace(['link', 'set', 'lo', 'up'])
  await inNamespace(['address', 'add', `${address}/24`, 'dev', 'eth0'])
  await inNamespace(['link', 'set', 'eth0', 'up'])

  const inside = (command: string, args: string[]) => ({
    command: 'nsenter',
    args: [`--net=${namespace}`, command, ...args],
    env: { DOCKER_HOST: `unix://${socket}` }
  })
  const engine = await createPrivateEngine(t, { dir, inside })
  const { dockerHost, docker } = engine
  return { hostAddress, address, dockerHost, docker, engine, dir, inside }
}
