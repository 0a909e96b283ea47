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
  /** May be on another disk, which can be full, too. */
  stateDir?: string
  driver: Pick<Driver, 'info'>
  agentVersion: string
}

const MIB = 1_048_576
/** The agent's own records need about so much to go on. */
const FULL_BELOW_BYTES = MIB

export function createVitals(options: VitalsOptions): Vitals {
  const { dataDir, stateDir = dataDir, driver, agentVersion } = options
  const readCpu = createCpuMeter()
  const readEngine = createEngineWatch(driver)
  let osName: string | undefined

  return {
    async read() {
      const [memory, disk, stateDisk, traffic, engine] = await Promise.all([
        mem(),
        readDisk(dataDir),
        readDisk(stateDir),
        readTraffic(),
        readEngine()
      ])
      return {
        cpuCores: cpus().length,
        cpuPercent: readCpu(),
        memoryTotalMiB: inMiB(memory.total),
        memoryUsedMiB: inMiB(memory.total - memory.available),
        diskTotalMiB: inMiB(disk.totalBytes),
        diskUsedMiB: inMiB(disk.totalBytes - disk.freeBytes),
        diskFull: Math.min(disk.freeBytes, stateDisk.freeBytes) < FULL_BELOW_BYTES,
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

async function readDisk(folder: string): Promise<{ totalBytes: number; freeBytes: number }> {
  await mkdir(folder, { recursive: true })
  const { blocks, bfree, bsize } = await statfs(folder)
  return { totalBytes: blocks * bsize, freeBytes: bfree * bsize }
}

function inMiB(bytes: number): number {
  return Math.round(bytes / MIB)
}
