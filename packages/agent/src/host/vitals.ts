import { mkdir, statfs } from 'node:fs/promises'
import { arch, cpus, hostname, loadavg, uptime } from 'node:os'
import type { MachineFacts, NodeResources } from '@ctrl-alt-play/protocol'
import { mem, osInfo } from 'systeminformation'
import type { Driver } from '../runtime/driver.ts'
import { createCpuMeter } from './cpu-meter.ts'
import { createEngineWatch } from './engine-watch.ts'
import { readTraffic } from './network-traffic.ts'

export interface Vitals {
  /** Cheap enough for every second: starts no process and waits for no engine. */
  read(): Promise<NodeResources>
  facts(): Promise<MachineFacts>
}

export interface VitalsOptions {
  /** The disk that is measured is the one that holds it. */
  dataDir: string
  driver: Pick<Driver, 'info'>
  agentVersion: string
}

const MIB = 1_048_576

export function createVitals({ dataDir, driver, agentVersion }: VitalsOptions): Vitals {
  const readCpu = createCpuMeter()
  const readEngine = createEngineWatch(driver)
  let osName: string | undefined

  return {
    async read() {
      const [memory, disk, traffic, engine] = await Promise.all([
        mem(),
        readDisk(dataDir),
        readTraffic(),
        readEngine()
      ])
      return {
        cpuCores: cpus().length,
        cpuPercent: readCpu(),
        memoryTotalMiB: inMiB(memory.total),
        memoryUsedMiB: inMiB(memory.total - memory.available),
        ...disk,
        loadAverage: loadavg().slice(0, 3) as [number, number, number],
        networkRxBytes: traffic.rxBytes,
        networkTxBytes: traffic.txBytes,
        uptimeSeconds: Math.round(uptime()),
        ...engine
      }
    },
    async facts() {
      // Starts a process, so once.
      osName ??= await readOsName()
      const { total } = await mem()
      return {
        hostname: hostname().slice(0, 200),
        os: osName,
        arch: arch(),
        cpuCores: cpus().length,
        memoryTotalMiB: inMiB(total),
        agentVersion
      }
    }
  }
}

async function readOsName(): Promise<string> {
  const { distro, release, platform } = await osInfo()
  return `${distro || platform} ${release}`.trim().slice(0, 200)
}

async function readDisk(
  dataDir: string
): Promise<Pick<NodeResources, 'diskTotalMiB' | 'diskUsedMiB'>> {
  await mkdir(dataDir, { recursive: true })
  const { blocks, bfree, bsize } = await statfs(dataDir)
  return { diskTotalMiB: inMiB(blocks * bsize), diskUsedMiB: inMiB((blocks - bfree) * bsize) }
}

function inMiB(bytes: number): number {
  return Math.round(bytes / MIB)
}
