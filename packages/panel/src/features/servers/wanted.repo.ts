import type { BaseLogger } from 'pino'
import { askTogether, listTogether } from '../../db/asked-together.ts'
import type { Database } from '../../db/client.ts'
import type { Vault } from '../../secrets/vault.ts'
import type { PortProtocol } from '../allocations/allocations.schema.ts'
import { openFixed, openVariable, type VariableRow, variableRows } from './variable-rows.ts'

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
  /** The alt's own values of what nobody may change; null: it has none. */
  fixed: Record<string, string> | null
}

interface InstallRow {
  installContainer: string | null
  installEntrypoint: string | null
  installScript: string | null
}

/** A server with a secret that does not open is left out: it must not run with a default for its password. */
export interface WantedRepo {
  ofNode(nodeId: string): Promise<WantedRow[]>
  ofServer(serverId: string): Promise<WantedRow | undefined>
  /** Throws when its script does not open: a server without it would count as installed. */
  install(serverId: string): Promise<InstallRow | undefined>
}

const WANTED = `
  SELECT s.id, s."nodeId", s."desiredState", s.generation, s."restartSeq", s."installState", s."suspendedAt",
    s."dockerImage", s.startup, a."startupMode", a.config, s."memoryMiB", s."swapMiB",
    s."cpuPercent", s."diskMiB", s."pidsLimit", s.port,
    COALESCE((SELECT json_agg(json_build_object('ip', l.ip, 'port', l.port,
        'protocol', lower(l.protocol::text), 'isPrimary', l."isPrimary") ORDER BY l.port, l.ip)
      FROM "Allocation" l WHERE l."serverId" = s.id), '[]') AS ports,
    ${variableRows} AS variables
  FROM "Server" s JOIN "Alt" a ON a.id = s."altId"`

const INSTALL = `
  SELECT a.id, a."installContainer", a."installEntrypoint", a."installScript"
  FROM "Server" s JOIN "Alt" a ON a.id = s."altId" WHERE s.id = $1`

type SealedRow = Omit<WantedRow, 'variables' | 'fixed'> & { variables: VariableRow[] | null }

export function createWantedRepo(
  { pool }: Database,
  vault: Vault,
  log: Pick<BaseLogger, 'error'>
): WantedRepo {
  function opened<Row extends SealedRow>({ variables, ...row }: Row) {
    const values = new Map<string, string>()
    const fixed = new Map<string, string>()
    for (const variable of variables ?? []) {
      const value = openVariable(vault, row.id, variable)
      if (value === undefined) {
        log.error(
          { serverId: row.id, variable: variable.name },
          'a secret does not open: its node is not told of this server'
        )
        return []
      }
      values.set(variable.name, value)
      const standard = openFixed(vault, variable, value)
      if (standard !== undefined) fixed.set(variable.name, standard)
    }
    const byName = { fixed: Object.fromEntries(fixed), variables: Object.fromEntries(values) }
    return [{ ...row, ...(variables ? byName : { fixed: null, variables }) }]
  }

  return {
    ofNode: listTogether(
      async nodeIds => {
        const text = `${WANTED} WHERE s."nodeId" = ANY($1::uuid[])`
        const query = { name: 'wanted-of-nodes', text, values: [nodeIds] }
        const { rows } = await pool.query<SealedRow & { nodeId: string }>(query)
        return rows.flatMap(opened)
      },
      ({ nodeId }) => nodeId
    ),
    ofServer: askTogether(async ids => {
      const text = `${WANTED} WHERE s.id = ANY($1::uuid[])`
      const query = { name: 'wanted-of-servers', text, values: [ids] }
      return (await pool.query<SealedRow>(query)).rows.flatMap(opened)
    }),
    async install(serverId) {
      const { rows } = await pool.query<InstallRow & { id: string }>(INSTALL, [serverId])
      const [row] = rows
      if (!row) return undefined
      const { id, installScript: sealed } = row
      const installScript = sealed && vault.open('Alt.installScript', id, sealed)
      if (installScript === undefined) {
        throw new Error(`The install script of alt ${id} does not open: write it anew.`)
      }
      return { ...row, installScript }
    }
  }
}
