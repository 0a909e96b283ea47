import type { BaseLogger } from 'pino'
import { askTogether, listTogether } from '../../db/asked-together.ts'
import type { Database } from '../../db/client.ts'
import type { Vault } from '../../secrets/vault.ts'
import type { PortProtocol } from '../allocations/allocations.schema.ts'
import { openCopy } from '../templates/alt-versions.ts'
import {
  openVariables,
  planOf,
  plansOf,
  type VariableColumns,
  variableColumns
} from './variable-rows.ts'

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
  /** By name: the server's own values over the alt's defaults. */
  variables: Record<string, string>
  /** The alt's own values of what nobody may change. */
  fixed: Record<string, string>
}

interface InstallRow {
  installContainer: string | null
  installEntrypoint: string | null
  installScript: string | null
}

/**
 * A server is what its version of the alt says, which is not always the newest. One with a secret that does not open
 * is left out: it must not run with a default for its password.
 */
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
    ${variableColumns}
  FROM "Server" s JOIN "Alt" a ON a.id = s."altId"`

const INSTALL = `
  SELECT a.id, a."installContainer", a."installEntrypoint", a."installScript", s."altVersion",
    k.content, k."installScript" AS "keptScript"
  FROM "Server" s JOIN "Alt" a ON a.id = s."altId"
    LEFT JOIN "AltVersion" k ON k."altId" = s."altId" AND k.version = s."altVersion"
  WHERE s.id = $1`

type SealedRow = Omit<WantedRow, 'variables' | 'fixed'> & VariableColumns

export function createWantedRepo(
  { pool }: Database,
  vault: Vault,
  log: Pick<BaseLogger, 'error'>
): WantedRepo {
  function opened<Row extends SealedRow>(rows: Row[]) {
    const plans = plansOf(vault, rows)
    return rows.flatMap(columns => {
      const { own: _, content: _content, ...row } = columns
      const plan = planOf(columns, plans)
      if (plan === undefined) {
        const { id: serverId, altId, altVersion } = row
        log.error(
          { serverId, altId, altVersion },
          'a version of an alt does not open: its node is not told of this server'
        )
        return []
      }
      const variables = new Map<string, string>()
      const fixed = new Map<string, string>()
      for (const { name, value, fixed: standard } of openVariables(vault, columns, plan)) {
        if (value === undefined) {
          log.error(
            { serverId: row.id, variable: name },
            'a secret does not open: its node is not told of this server'
          )
          return []
        }
        variables.set(name, value)
        if (standard !== undefined) fixed.set(name, standard)
      }
      const { startupMode, config } = plan ?? row
      const byName = {
        variables: Object.fromEntries(variables),
        fixed: Object.fromEntries(fixed)
      }
      return [{ ...row, startupMode, config, ...byName }]
    })
  }

  return {
    ofNode: listTogether(
      async nodeIds => {
        const text = `${WANTED} WHERE s."nodeId" = ANY($1::uuid[])`
        const query = { name: 'wanted-of-nodes', text, values: [nodeIds] }
        const { rows } = await pool.query<SealedRow & { nodeId: string }>(query)
        return opened(rows)
      },
      ({ nodeId }) => nodeId
    ),
    ofServer: askTogether(async ids => {
      const text = `${WANTED} WHERE s.id = ANY($1::uuid[])`
      const query = { name: 'wanted-of-servers', text, values: [ids] }
      return opened((await pool.query<SealedRow>(query)).rows)
    }),
    async install(serverId) {
      type Kept = { altVersion: number | null; content: string | null; keptScript: string | null }
      const { rows } = await pool.query<InstallRow & Kept & { id: string }>(INSTALL, [serverId])
      const [row] = rows
      if (!row) return undefined
      const { id, altVersion: version, content, installScript: sealed } = row
      if (version !== null && content !== null) {
        const stored = { content, installScript: row.keptScript }
        const copy = openCopy(vault, { altId: id, version }, stored)
        if (!copy) throw new Error(`Version ${version} of alt ${id} does not open.`)
        return copy
      }
      const installScript = sealed && vault.open('Alt.installScript', id, sealed)
      if (installScript === undefined) {
        throw new Error(`The install script of alt ${id} does not open: write it anew.`)
      }
      return { ...row, installScript }
    }
  }
}
