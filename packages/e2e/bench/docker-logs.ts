import { spawn } from 'node:child_process'
import { setTimeout as lasts } from 'node:timers/promises'
import { images } from '../test/world/config.ts'
import { until } from '../test/world/until.ts'
import type { Teardown, World } from '../test/world/world.ts'
import { BURST_LINES, burstAlone } from './burst-game.ts'

const DEADLINE_MS = 120_000

/** Reads what `docker logs --timestamps` prints: answers how many lines it has had, and tells how late its newest came. */
export function timedLines(late: (ms: number) => void): (chunk: Buffer) => number {
  let lines = 0
  let rest = ''
  return chunk => {
    const parts = (rest + chunk.toString('latin1')).split('\n')
    rest = parts.pop() ?? ''
    lines += parts.length
    const newest = Date.parse(parts.at(-1)?.split(' ')[0] ?? '')
    if (!Number.isNaN(newest)) late(Date.now() - newest)
    return lines
  }
}

/** Follows the logs of containers from now on, each with a client of Docker's own. */
export async function followByDocker(
  t: Teardown,
  containers: string[],
  seconds: number,
  late: (ms: number) => void
): Promise<void> {
  const readers = containers.map(container => {
    const args = ['logs', '--follow', '--timestamps', '--tail', '0', container]
    const logs = spawn('docker', args, { stdio: ['ignore', 'pipe', 'ignore'] })
    logs.stdout.on('data', timedLines(late))
    return logs
  })
  const stop = () => {
    for (const reader of readers) reader.kill('SIGKILL')
  }
  t.teardown(stop)
  await lasts(seconds * 1_000)
  stop()
}

/**
 * The burst, read by Docker's own client, from a log that is never rotated: at rotation it loses lines.
 * `hear` answers how many lines it has had.
 */
export async function readBurstByDocker(
  t: Teardown,
  { docker }: World,
  hear: (chunk: Buffer) => number,
  options: string[] = []
): Promise<void> {
  const container = await docker.createContainer({
    Image: images.probe,
    Cmd: ['/bin/busybox', 'sh', '-c', burstAlone],
    HostConfig: { LogConfig: { Type: 'local', Config: { 'max-size': '100m' } } }
  })
  t.teardown(() => container.remove({ force: true }))
  await container.start()
  const args = ['logs', '--follow', ...options, container.id]
  const logs = spawn('docker', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  t.teardown(() => logs.kill('SIGKILL'))
  let seen = 0
  logs.stdout.on('data', (chunk: Buffer) => {
    seen = hear(chunk)
  })
  await until('all lines are read', () => seen >= BURST_LINES, { deadlineMs: DEADLINE_MS })
  logs.kill('SIGKILL')
  await container.kill()
}
