import { spawn } from 'node:child_process'
import { images } from '../test/world/config.ts'
import { until } from '../test/world/until.ts'
import type { Teardown, World } from '../test/world/world.ts'
import { BURST_LINES, burstAlone } from './burst-game.ts'

const DEADLINE_MS = 120_000

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
