import { askTogether, listTogether } from '../../db/asked-together.ts'
import type { Database } from '../../db/client.ts'
import type { PortProtocol } from '../allocations/allocations.schema.ts'

/** Everything about a server that its node has to know. */
export interface WantedRow {
  id: string
  desiredState: 'RUNNING' | 'STOPPED' | 'ABSENT'
  generation: number
  restartSeq: number
  installState: 'PENDING' | 'RUNNING' | 'DONE' | 'FAILED'
  suspendedAt: Date | null
  dockerImage: string
  startup: string
  startupMode: 'ARGV' | 'SHELL_ENV'
  config: unknown
  memoryMiB: number
  swapMiB: number
  cpuPercent: number
  diskMiB: number
  pidsLimit: number
  port: number | null
  ports: { ip: string; port: number; protocol: PortProtocol; isPrimary: boolean }[]
  /** By name: the server's own values over the alt's defaults; null: the alt has no variables. */
  variables: Record<string, string> | null
}

interface InstallRow {
  installContainer: string | null
  installEntrypoint: string | null
  installScript: string | null
}

export interface WantedRepo {
  ofNode(nodeId: string): Promise<WantedRow[]>
  ofServer(serverId: string): Promise<WantedRow | undefined>
  install(serverId: string): Promise<InstallRow | undefined>
}

const WANTED = `
  SELECT s.id, s."nodeId", s."desiredState", s.generation, s."restartSeq", s."installState", s."suspendedAt",
    s."dockerImage", s.startup, a."startupMode", a.config, s."memoryMiB", s."swapMiB",
    s."cpuPercent", s."diskMiB", s."pidsLimit", s.port,
    COALESCE((SELECT json_agg(json_build_object('ip', l.ip, 'port', l.port,
        'protocol', lower(l.protocol::text), 'isPrimary', l."isPrimary") ORDER BY l.port, l.ip)
      FROM "Allocation" l WHERE l."serverId" = s.id), '[]') AS ports,
    (SELECT json_object_agg(v."envVariable", COALESCE(own.value, v."defaultValue"))
      FROM "AltVariable" v LEFT JOIN "ServerVariable" own
        ON own."serverId" = s.id AND own.name = v."envVariable"
      WHERE v."altId" = s."altId") AS variables
  FROM "Server" s JOIN "Alt" a ON a.id = s."altId"`

const INSTALL = `
  SELECT a."installContainer", a."installEntrypoint", a."installScript"
  FROM "Server" s JOIN "Alt" a ON a.id = s."altId" WHERE s.id = $1`

export function createWantedRepo({ pool }: Database): WantedRepo {
  return {
    ofNode: listTogether(
      async nodeIds => {
        const text = `${WANTED} WHERE s."nodeId" = ANY($1::uuid[])`
        const query = { name: 'wanted-of-nodes', text, values: [nodeIds] }
        return (await pool.query<WantedRow & { nodeId: string }>(query)).rows
      },
      ({ nodeId }) => nodeId
    ),
    ofServer: askTogether(async ids => {
      const text = `${WANTED} WHERE s.id = ANY($1::uuid[])`
      return (await pool.query<WantedRow>({ name: 'wanted-of-servers', text, values: [ids] })).rows
    }),
    async install(serverId) {
      return (await pool.query<InstallRow>(INSTALL, [serverId])).rows[0]
    }
  }
}
