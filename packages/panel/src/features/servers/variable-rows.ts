import type { Vault } from '../../secrets/vault.ts'
import { type AltPlan, openPlan, versionName } from '../templates/alt-versions.ts'

/** A variable of a server, as two tables hold it. */
interface VariableRow {
  id: string
  name: string
  /** The server's own value, sealed. */
  own: string | null
  /** The alt's default, sealed. */
  standard: string
  viewable: boolean
  editable: boolean
}

/** What `variableColumns` gives. */
export interface VariableColumns {
  id: string
  altId: string
  /** Null: the alt as it is. */
  altVersion: number | null
  /** Null: the alt as it is has no variables, or the server stays on a version. */
  variables: VariableRow[] | null
  /** By name, sealed, of one that stays on a version. */
  own: Record<string, string> | null
  /** The version that it stays on, sealed: in the first row of each version. */
  content: string | null
}

/**
 * Of the server s, beside its id. One statement reads a server and its version, for a moment later the server may be on
 * another and the version gone; and each version once, for it is long and a thousand servers may be on it.
 */
export const variableColumns = `s."altId", s."altVersion",
  CASE WHEN s."altVersion" IS NULL THEN
    (SELECT json_agg(json_build_object('id', v.id, 'name', v."envVariable", 'own', own.value,
        'standard', v."defaultValue", 'viewable', v."userViewable",
        'editable', v."userEditable"))
      FROM "AltVariable" v LEFT JOIN "ServerVariable" own
        ON own."serverId" = s.id AND own.name = v."envVariable"
      WHERE v."altId" = s."altId") END AS variables,
  CASE WHEN s."altVersion" IS NOT NULL THEN
    (SELECT json_object_agg(o.name, o.value) FROM "ServerVariable" o
      WHERE o."serverId" = s.id) END AS own,
  CASE WHEN s."altVersion" IS NOT NULL
      AND row_number() OVER (PARTITION BY s."altId", s."altVersion") = 1 THEN
    (SELECT k.content FROM "AltVersion" k
      WHERE k."altId" = s."altId" AND k.version = s."altVersion") END AS content`

export interface OpenVariable {
  name: string
  /** What is in force; undefined when it does not open. */
  value: string | undefined
  /** The alt's own value of what nobody may change; undefined for others, and when it does not open. */
  fixed: string | undefined
  viewable: boolean
}

/** The versions that servers stay on, by `versionName`; one that does not open is left out. */
export function plansOf(vault: Vault, rows: VariableColumns[]): Map<string, AltPlan> {
  return new Map(
    rows.flatMap(({ altId, altVersion, content }) => {
      if (altVersion === null || content === null) return []
      const key = { altId, version: altVersion }
      const plan = openPlan(vault, key, content)
      return plan ? [[versionName(key), plan] as const] : []
    })
  )
}

/** The version that the server stays on; null: none; undefined: it does not open. */
export function planOf(
  { altId, altVersion }: VariableColumns,
  plans: Map<string, AltPlan>
): AltPlan | null | undefined {
  return altVersion === null ? null : plans.get(versionName({ altId, version: altVersion }))
}

export function openVariables(
  vault: Vault,
  { id: serverId, variables, own }: VariableColumns,
  plan: AltPlan | null
): OpenVariable[] {
  const openOwn = (name: string, sealed: string) =>
    vault.open('ServerVariable.value', `${serverId}/${name}`, sealed)
  if (plan) {
    const values = new Map(Object.entries(own ?? {}))
    return plan.variables.map(({ envVariable: name, defaultValue, userViewable, userEditable }) => {
      const sealed = values.get(name)
      const value = sealed === undefined ? defaultValue : openOwn(name, sealed)
      const fixed = userEditable ? undefined : defaultValue
      return { name, value, fixed, viewable: userViewable }
    })
  }
  return (variables ?? []).map(({ id, name, own: sealed, standard, viewable, editable }) => {
    const openDefault = () => vault.open('AltVariable.defaultValue', id, standard)
    const value = sealed === null ? openDefault() : openOwn(name, sealed)
    const fixed = sealed === null ? value : openDefault()
    return { name, value, fixed: editable ? undefined : fixed, viewable }
  })
}
