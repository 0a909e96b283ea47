import type { Vitals } from '../../agent/src/host/vitals.ts'
import type { Driver } from '../../agent/src/runtime/driver.ts'
import { AGENT_VERSION } from '../../agent/src/version.ts'
import { createMemoryDriver } from '../../agent/test/memory-driver.ts'

export interface Machine {
  driver: Driver
  vitals: Vitals
  /** A line of output of the server's game, if it runs. */
  print(serverId: string, line: string): void
}

const GIB = 1_024
/** What a game in memory prints when it boots. */
const SAID_ANYWAY = 'ready'

/** A machine in memory that has every image and every file; its games are ready as soon as they run. */
export function createMachine(name: string, onVitals: () => void): Machine {
  const engine = createMemoryDriver()
  const bornMs = Date.now()
  const driver: Driver = {
    ...engine,
    async pull(image, options) {
      engine.images.add(image)
      await engine.pull(image, options)
    },
    async create(wanted) {
      engine.calls.length = 0
      engine.images.add(wanted.spec.image)
      await engine.prepareData(wanted.serverId, { wipe: false })
      return engine.create(wanted)
    },
    async start(id) {
      await engine.start(id)
      const { containers } = await engine.list()
      const started = containers.find(container => container.id === id)
      const [ready] = started ? engine.container(started.serverId).wanted.spec.ready : []
      if (started && ready !== undefined && ready !== SAID_ANYWAY)
        engine.print(started.serverId, ready)
    }
  }
  return {
    driver,
    vitals: {
      async read() {
        onVitals()
        const busy = Math.random()
        return {
          cpuCores: 8,
          cpuPercent: Math.round(busy * 800),
          memoryTotalMiB: 32 * GIB,
          memoryUsedMiB: Math.round((4 + 20 * busy) * GIB),
          diskTotalMiB: 512 * GIB,
          diskUsedMiB: 100 * GIB,
          loadAverage: [busy * 8, busy * 7, busy * 6],
          networkRxBytes: Date.now() - bornMs,
          networkTxBytes: Date.now() - bornMs,
          uptimeSeconds: Math.round((Date.now() - bornMs) / 1_000),
          docker: await engine.info(),
          dockerProblem: null
        }
      },
      facts: async () => ({
        hostname: name,
        os: 'simulated',
        arch: 'x64',
        cpuCores: 8,
        memoryTotalMiB: 32 * GIB,
        agentVersion: AGENT_VERSION
      })
    },
    print(serverId, line) {
      const container = engine.container(serverId)
      if (container.view.state === 'running') container.print([line])
    }
  }
}
