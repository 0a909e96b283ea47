import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { enroll } from '../../agent/src/cli/enroll.ts'
import type { Credentials } from '../../agent/src/state/credentials.ts'
import type { Json, Person } from '../test/world/api.ts'

/** Longest that a panel is asked again for something that it will not do so often. */
const PATIENCE_MS = 3_600_000

/** A node as an administrator makes it, and its key as its machine would make it. */
export async function makeNode(admin: Person, url: string, name: string): Promise<Credentials> {
  const made = await admin.post('/api/v1/nodes', { name, ipAddress: '127.0.0.1' })
  const { command } = made.enrollment
  const flag = (flagName: string): string =>
    new RegExp(`--${flagName} (\\S+)`).exec(command)?.[1] ?? ''
  const stateDir = await mkdtemp(join(tmpdir(), 'cap-fleet-'))
  try {
    return await patiently(() =>
      enroll({
        panel: new URL(url),
        token: flag('token'),
        panelKey: flag('panel-key'),
        insecure: true,
        stateDir,
        dataDir: stateDir,
        facts: {
          ...{ hostname: name, os: 'simulated', arch: 'x64', agentVersion: 'fleet' },
          ...{ cpuCores: 8, memoryTotalMiB: 32_768 }
        }
      })
    )
  } finally {
    await rm(stateDir, { recursive: true, force: true })
  }
}

/** The Alt that the fleet's servers are made from. */
export async function fleetAlt(admin: Person): Promise<Json> {
  const { data } = await admin.get('/api/v1/alts?search=Simulated%20game')
  if (data?.[0]) return data[0]
  const ctrl = await admin.post('/api/v1/ctrls', { name: `Fleet ${Date.now()}` })
  return admin.post('/api/v1/alts', {
    ctrlId: ctrl.id,
    name: 'Simulated game',
    dockerImage: 'simulated/game:1',
    startup: '/game',
    startupMode: 'ARGV',
    config: { done: ['ready'], stop: { type: 'command', value: 'stop', graceSeconds: 10 } }
  })
}

/** A server that is installed and started as soon as its agent is there. */
export async function makeServer(
  admin: Person,
  { nodeId, altId, number }: { nodeId: string; altId: string; number: number }
): Promise<string> {
  const { server } = await admin.post('/api/v1/servers', {
    ...{ name: `Simulated ${number}`, altId, nodeId, start: true, queue: true },
    ...{ memoryMiB: 512, cpuPercent: 100, diskMiB: 1_024 },
    ports: [{ port: FIRST_PORT + number, protocol: 'udp' }]
  })
  return server.id
}

export const FIRST_PORT = 20_000

/** Of one address a panel takes thirty machines in a minute. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    try {
      return await work()
    } catch (err) {
      const isTooMany = err instanceof Error && err.message.includes('Too many requests')
      if (!isTooMany || performance.now() > end) throw err
    }
    await pause(2_000)
  }
}
