import type { Database } from '../../db/client.ts'
import type { Vault } from '../../secrets/vault.ts'
import type { AltCopy } from './alt-copy.ts'

export interface VersionKey {
  altId: string
  version: number
}

/** All but the script, which is long and only an installation asks for. */
export type AltPlan = Omit<AltCopy, 'installScript'>

/** Versions that were kept; one that does not open is as if it were not there. */
export interface AltVersions {
  /** By `versionName`. */
  plans(keys: VersionKey[]): Promise<Map<string, AltPlan>>
  copy(key: VersionKey): Promise<AltCopy | undefined>
}

interface VersionRow extends VersionKey {
  content: string
  installScript: string | null
}

const CONTENT = 'AltVersion.content'
const SCRIPT = 'AltVersion.installScript'

export const versionName = ({ altId, version }: VersionKey): string => `${altId}/${version}`

export function createAltVersions({ pool }: Pick<Database, 'pool'>, vault: Vault): AltVersions {
  function planOf(row: Omit<VersionRow, 'installScript'>): AltPlan | undefined {
    const text = vault.open(CONTENT, versionName(row), row.content)
    return text === undefined ? undefined : JSON.parse(text)
  }

  return {
    async plans(keys) {
      const asked = new Map(keys.map(key => [versionName(key), key]))
      if (asked.size === 0) return new Map()
      const text = `SELECT v."altId", v.version, v.content FROM "AltVersion" v
        JOIN unnest($1::uuid[], $2::int[]) AS k(id, version) ON v."altId" = k.id AND v.version = k.version`
      const all = [...asked.values()]
      const values = [all.map(({ altId }) => altId), all.map(({ version }) => version)]
      const { rows } = await pool.query<VersionRow>({ name: 'alt-versions', text, values })
      return new Map(
        rows.flatMap(row => {
          const plan = planOf(row)
          return plan ? [[versionName(row), plan] as const] : []
        })
      )
    },

    async copy(key) {
      const text = `SELECT "altId", version, content, "installScript" FROM "AltVersion"
        WHERE "altId" = $1::uuid AND version = $2::int`
      const { rows } = await pool.query<VersionRow>(text, [key.altId, key.version])
      const [row] = rows
      const plan = row && planOf(row)
      if (!row || !plan) return undefined
      const sealed = row.installScript
      const installScript = sealed && vault.open(SCRIPT, versionName(key), sealed)
      return installScript === undefined ? undefined : { ...plan, installScript }
    }
  }
}

/** The columns of a version as they are stored. */
export function sealedVersion(vault: Vault, key: VersionKey, copy: AltCopy) {
  const { installScript, ...plan } = copy
  const name = versionName(key)
  return {
    ...key,
    content: vault.seal(CONTENT, name, JSON.stringify(plan)),
    installScript: installScript && vault.seal(SCRIPT, name, installScript)
  }
}
