import type { PanelEvents } from '../../agents/contract.ts'
import { OwnTotp, TotpAlreadySet, TotpNotBegun, TotpNotSet, WrongTotp } from '../../errors.ts'
import type { Vault } from '../../secrets/vault.ts'
import type { Proofs } from '../auth/proofs.ts'
import { auditEntry, type RequestCaller } from '../caller.ts'
import type { UserAccess } from '../permissions/user-access.ts'
import { hashOfRecoveryCode, newRecoveryCodes } from './recovery-codes.ts'
import type { SecondFactor } from './second-factor.ts'
import { newTotpSecret, totpUri } from './totp.ts'
import type { TwoFactorRepo } from './two-factor.repo.ts'

export interface TwoFactorService {
  /** A secret for the app; nothing is asked of it before `confirm`. */
  begin(
    caller: RequestCaller,
    given: { currentPassword: string }
  ): Promise<{ secret: string; uri: string }>
  /** With the app's first code it is in force; the user's other logins end. */
  confirm(caller: RequestCaller, code: string): Promise<{ recoveryCodes: string[] }>
  remove(caller: RequestCaller, proof: Proof): Promise<void>
  /** New ones; those before are worth nothing. */
  renewCodes(caller: RequestCaller, proof: Proof): Promise<{ recoveryCodes: string[] }>
  /** For one who has lost it; all that user's logins end. */
  removeOf(caller: RequestCaller, userId: string): Promise<void>
}

interface Proof {
  currentPassword: string
  code: string
}

export interface TwoFactorDeps {
  repo: TwoFactorRepo
  factor: SecondFactor
  proofs: Proofs
  users: UserAccess
  vault: Vault
  events: PanelEvents
}

export function createTwoFactorService(deps: TwoFactorDeps): TwoFactorService {
  const { repo, factor, proofs, users, vault, events } = deps

  /** Both the password and a code. */
  async function prove(caller: RequestCaller, { currentPassword, code }: Proof): Promise<void> {
    const account = await proofs.byPassword(caller.actor, currentPassword)
    if (account.totpSecret === null) throw new TotpNotSet()
    await proofs.byCode(caller, account, code)
  }

  return {
    async begin(caller, { currentPassword }) {
      const { id, username } = await proofs.byPassword(caller.actor, currentPassword)
      const secret = newTotpSecret()
      const entry = entryOf(caller, 'auth.totp.begun', id, { after: { hasTotp: false } })
      const sealed = vault.seal('User.totpPendingSecret', id, secret)
      if (!(await repo.keepPending(id, sealed, entry))) throw new TotpAlreadySet()
      return { secret, uri: totpUri(secret, username) }
    },

    async confirm(caller, code) {
      const { userId, sessionId, ip } = caller.actor
      const recoveryCodes = newRecoveryCodes()
      const enable = async (pendingSecret: string | undefined): Promise<boolean> => {
        if (pendingSecret === undefined) throw new TotpNotBegun()
        const pending = { id: userId, totpPendingSecret: pendingSecret }
        const step = await factor.stepOf(pending, code, ip)
        const secret = vault.open('User.totpPendingSecret', userId, pendingSecret)
        if (step === undefined || secret === undefined) throw new WrongTotp()
        return repo.enable({
          ...{ userId, sessionId, pendingSecret, step },
          sealedSecret: vault.seal('User.totpSecret', userId, secret),
          codeHashes: recoveryCodes.map(hashOfRecoveryCode),
          entry: entryOf(caller, 'auth.totp.enabled', userId, turnedOn)
        })
      }
      const pending = await repo.findPending(userId)
      // It may have been sealed with a new key at this very moment; or somebody began anew.
      const isOn = (await enable(pending)) || (await enable(await repo.findPending(userId)))
      if (!isOn) throw new TotpNotBegun()
      events.publish({ type: 'access.changed', userId })
      return { recoveryCodes }
    },

    async remove(caller, proof) {
      await prove(caller, proof)
      const { userId, sessionId } = caller.actor
      const entry = entryOf(caller, 'auth.totp.disabled', userId, turnedOff)
      if (!(await repo.disable({ userId, sessionId, entry }))) throw new TotpNotSet()
      events.publish({ type: 'access.changed', userId })
    },

    async renewCodes(caller, proof) {
      await prove(caller, proof)
      const { userId } = caller.actor
      const recoveryCodes = newRecoveryCodes()
      const hashes = recoveryCodes.map(hashOfRecoveryCode)
      const after = { recoveryCodes: hashes.length }
      const entry = entryOf(caller, 'auth.recovery-codes.renewed', userId, { after })
      if (!(await repo.replaceCodes(userId, hashes, entry))) throw new TotpNotSet()
      return { recoveryCodes }
    },

    async removeOf(caller, userId) {
      // A stolen login could take it away without a code.
      if (userId === caller.actor.userId) throw new OwnTotp()
      await users.requireUser(caller.actor, userId)
      const entry = entryOf(caller, 'user.totp.removed', userId, turnedOff)
      if (!(await repo.disable({ userId, entry }))) throw new TotpNotSet()
      events.publish({ type: 'access.changed', userId })
    }
  }
}

const turnedOn = { before: { hasTotp: false }, after: { hasTotp: true } }
const turnedOff = { before: { hasTotp: true }, after: { hasTotp: false } }

function entryOf(
  caller: RequestCaller,
  action: string,
  userId: string,
  change: { before?: unknown; after: unknown }
) {
  return auditEntry(caller, { action, targetType: 'user', targetId: userId, ...change })
}
