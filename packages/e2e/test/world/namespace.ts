import { type LaunchOptions, run } from './process.ts'
import type { Teardown } from './world.ts'

/** An address of this machine that is reached from every namespace, whichever of them come and go. */
export interface Hub {
  address: string
  addNamespace(): Promise<Namespace>
}

/** A place with an address of its own; what runs there shares everything else with this machine. */
export interface Namespace {
  address: string
  /** The command as it is run there. */
  inside(command: string, args: string[]): LaunchOptions & { command: string }
  run(command: string, args: string[]): Promise<string>
  /** Loses what comes in, goes out, or both. Packets vanish: nobody is told. */
  drop(what: 'in' | 'out' | 'both'): Promise<void>
  pass(): Promise<void>
  /** So many bits a second in both directions, with a short queue. */
  narrow(rate: string): Promise<void>
  /** It vanishes with its address. What still runs there loses its network. */
  remove(): Promise<void>
}

export async function createHub(t: Teardown): Promise<Hub> {
  const net = `10.214.${1 + (process.pid % 250)}`
  const address = `${net}.254`
  await run('ip', ['address', 'add', `${address}/32`, 'dev', 'lo'])
  t.teardown(() => run('ip', ['address', 'delete', `${address}/32`, 'dev', 'lo']))
  let count = 0
  return {
    address,
    async addNamespace() {
      const number = count++
      const name = `cap${process.pid}n${number}`
      const namespace = await createNamespace(name, net, number)
      t.teardown(() => namespace.remove().catch(() => undefined))
      return namespace
    }
  }
}

async function createNamespace(name: string, net: string, number: number): Promise<Namespace> {
  const hostAddress = `${net}.${number * 4 + 1}`
  const address = `${net}.${number * 4 + 2}`
  const outer = `${name}h`
  const inside = (command: string, args: string[]) => ({
    command: 'nsenter',
    args: [`--net=/run/netns/${name}`, command, ...args]
  })
  const runInside = (command: string, args: string[]) => {
    const wrapped = inside(command, args)
    return run(wrapped.command, wrapped.args)
  }
  const shape = (rate: string) => ['root', 'tbf', 'rate', rate, 'burst', '3kb', 'latency', '300ms']
  const ip = (...args: string[]) => run('ip', args)

  await ip('netns', 'add', name)
  await ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
  await ip('address', 'add', `${hostAddress}/30`, 'dev', outer)
  await ip('link', 'set', outer, 'up')
  await ip('-n', name, 'link', 'set', 'lo', 'up')
  await ip('-n', name, 'address', 'add', `${address}/30`, 'dev', 'eth0')
  await ip('-n', name, 'link', 'set', 'eth0', 'up')
  await ip('-n', name, 'route', 'add', 'default', 'via', hostAddress)
  return {
    address,
    inside,
    run: runInside,
    async drop(what) {
      const chains = { in: ['INPUT'], out: ['OUTPUT'], both: ['INPUT', 'OUTPUT'] }[what]
      for (const chain of chains) await runInside('iptables', ['-A', chain, '-j', 'DROP'])
    },
    async pass() {
      await runInside('iptables', ['-F'])
    },
    async narrow(rate) {
      await runInside('tc', ['qdisc', 'add', 'dev', 'eth0', ...shape(rate)])
      await run('tc', ['qdisc', 'add', 'dev', outer, ...shape(rate)])
    },
    async remove() {
      await ip('netns', 'delete', name)
      // The namespace itself lives as long as a process in it; its way out does not.
      await ip('link', 'delete', outer).catch(() => undefined)
    }
  }
}
