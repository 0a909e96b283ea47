import type { PublishedPort, ServerSpec, WantedServer } from '@ctrl-alt-play/protocol'
import type { WantedStates } from '../../agents/contract.ts'
import { readAltConfig } from '../templates/alt-config.ts'
import { resolveConfigFiles } from './config-files.ts'
import { buildEnvironment } from './environment.ts'
import { ANY_ADDRESS } from './port-plan.ts'
import { fillStartup, splitStartup } from './startup.ts'
import type { WantedRepo, WantedRow } from './wanted.repo.ts'

/** What every node should hold to, from the newest rows. */
export function createWantedStates(repo: WantedRepo, options: { timeZone: string }): WantedStates {
  return {
    async ofNode(nodeId) {
      return (await repo.ofNode(nodeId)).map(row => wantedOf(row, options.timeZone))
    },
    async ofServer(serverId) {
      const row = await repo.ofServer(serverId)
      return row && wantedOf(row, options.timeZone)
    },
    async installScript(serverId) {
      const row = await repo.install(serverId)
      if (!row?.installScript || !row.installContainer) return null
      return {
        image: row.installContainer,
        entrypoint: row.installEntrypoint ?? 'bash',
        script: row.installScript
      }
    }
  }
}

/** A server that is not installed or suspended is not to run, whatever else is wanted of it. */
export function wantedOf(row: WantedRow, timeZone: string): WantedServer {
  const wasInstalled = row.installState === 'DONE' || row.installState === 'RUNNING'
  const mayRun = row.installState === 'DONE' && row.suspendedAt === null
  return {
    serverId: row.id,
    desired: row.desiredState === 'RUNNING' && !mayRun ? 'STOPPED' : row.desiredState,
    generation: row.generation,
    restartSeq: row.restartSeq,
    installed: wasInstalled,
    spec: specOf(row, timeZone)
  }
}

function specOf(row: WantedRow, timeZone: string): ServerSpec {
  const { done, stop, tty, readOnlyRoot } = readAltConfig(row.config)
  const expandsItself = row.startupMode === 'SHELL_ENV'
  const environment = buildEnvironment({
    serverId: row.id,
    ip: row.ports.find(port => port.isPrimary)?.ip ?? ANY_ADDRESS,
    port: row.port,
    memoryMiB: row.memoryMiB,
    timeZone,
    startup: expandsItself ? row.startup : null,
    variables: row.variables,
    fixed: row.fixed
  })
  const configFiles = resolveConfigFiles(row.config, environment)
  return {
    image: row.dockerImage,
    argv: expandsItself ? null : argumentsOf(row.startup, environment),
    environment,
    tty,
    readOnlyRoot,
    limits: {
      memoryMiB: row.memoryMiB,
      swapMiB: row.swapMiB,
      cpuPercent: row.cpuPercent,
      diskMiB: row.diskMiB,
      pids: row.pidsLimit
    },
    ports: row.ports.flatMap(publishedPorts),
    ready: done,
    stop,
    ...(configFiles.length > 0 && { configFiles })
  }
}

/** Null (the image's own command) only for a line that no longer can be split: alts with such are refused. */
function argumentsOf(startup: string, environment: Record<string, string>): string[] | null {
  const split = splitStartup(startup)
  const args = split.ok ? fillStartup(split.parts, environment) : []
  return args.length > 0 ? args : null
}

function publishedPorts({ ip, port, protocol }: WantedRow['ports'][number]): PublishedPort[] {
  const protocols = protocol === 'both' ? (['tcp', 'udp'] as const) : [protocol]
  return protocols.map(one => ({ ip, port, protocol: one }))
}
