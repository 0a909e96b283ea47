import type { Vault } from '../../secrets/vault.ts'

/** A variable of a server, as two tables hold it. */
export interface VariableRow {
  id: string
  name: string
  /** The server's own value, sealed. */
  own: string | null
  /** The alt's default, sealed. */
  standard: string
  viewable: boolean
  editable: boolean
}

/** Of the server s; null: its alt has no variables. */
export const variableRows = `
  (SELECT json_agg(json_build_object('id', v.id, 'name', v."envVariable", 'own', own.value,
      'standard', v."defaultValue", 'viewable', v."userViewable",
      'editable', v."userEditable"))
    FROM "AltVariable" v LEFT JOIN "ServerVariable" own
      ON own."serverId" = s.id AND own.name = v."envVariable"
    WHERE v."altId" = s."altId")`

/** The value that is in force; undefined when it does not open. */
export function openVariable(
  vault: Vault,
  serverId: string,
  { id, name, own, standard }: VariableRow
): string | undefined {
  return own === null
    ? vault.open('AltVariable.defaultValue', id, standard)
    : vault.open('ServerVariable.value', `${serverId}/${name}`, own)
}

/** The alt's own value of what nobody may change; undefined for others, and when it does not open. */
export function openFixed(
  vault: Vault,
  { id, own, standard, editable }: VariableRow,
  inForce: string
): string | undefined {
  if (editable) return undefined
  return own === null ? inForce : vault.open('AltVariable.defaultValue', id, standard)
}
