import type { Vault } from '../../secrets/vault.ts'
import type { AltCopy } from './alt-copy.ts'

export interface VersionKey {
  altId: string
  version: number
}

/** All but the script, which is long and only an installation asks for. */
export type AltPlan = Omit<AltCopy, 'installScript'>

const CONTENT = 'AltVersion.content'
const SCRIPT = 'AltVersion.installScript'

export const versionName = ({ altId, version }: VersionKey): string => `${altId}/${version}`

/** The columns of a version as they are stored. */
export function sealedVersion(vault: Vault, key: VersionKey, copy: AltCopy) {
  const { installScript, ...plan } = copy
  const name = versionName(key)
  return {
    content: vault.seal(CONTENT, name, JSON.stringify(plan)),
    installScript: installScript && vault.seal(SCRIPT, name, installScript)
  }
}

/** Undefined when it does not open. */
export function openPlan(vault: Vault, key: VersionKey, content: string): AltPlan | undefined {
  const text = vault.open(CONTENT, versionName(key), content)
  return text === undefined ? undefined : JSON.parse(text)
}

/** Undefined when it does not open. */
export function openCopy(
  vault: Vault,
  key: VersionKey,
  stored: { content: string; installScript: string | null }
): AltCopy | undefined {
  const plan = openPlan(vault, key, stored.content)
  const sealed = stored.installScript
  const installScript = sealed && vault.open(SCRIPT, versionName(key), sealed)
  return plan && installScript !== undefined ? { ...plan, installScript } : undefined
}
