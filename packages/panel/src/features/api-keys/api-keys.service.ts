import { createHash, randomBytes } from 'node:crypto'
import type { PanelEvents } from '../../agents/contract.ts'
import { ApiKeyNotFound, forbidden, TooManyApiKeys, validationFailed } from '../../errors.ts'
import { decodeCursor, pageOf } from '../../plugins/conventions.ts'
import { isAddressOrRange } from '../auth/address.ts'
import type { Proofs } from '../auth/proofs.ts'
import { auditEntry, type RequestCaller } from '../caller.ts'
import type { ListRequest } from '../keyset.ts'
import { canSomewhere, type Requester } from '../permissions/can.ts'
import type { ApiKeyRow, ApiKeysRepo } from './api-keys.repo.ts'
import type { ApiKeyBody, ApiKeyView, CreatedApiKey } from './api-keys.schema.ts'

/** Keys of one user. */
const MAX_KEYS = 20
const SECRET_BYTES = 32

/** One's own keys. */
export interface ApiKeysService {
  list(
    actor: Requester,
    list: ListRequest
  ): Promise<{ data: ApiKeyView[]; nextCursor: string | null }>
  create(caller: RequestCaller, body: ApiKeyBody): Promise<CreatedApiKey>
  /** What it opened ends. */
  remove(caller: RequestCaller, id: string): Promise<void>
}

export interface ApiKeysDeps {
  repo: ApiKeysRepo
  proofs: Proofs
  events: PanelEvents
}

export function createApiKeysService({ repo, proofs, events }: ApiKeysDeps): ApiKeysService {
  return {
    async list(actor, request) {
      const after = decodeCursor(request.sort, request.cursor, 'date')
      return pageOf(
        await repo.list(actor.userId, { limit: request.limit, after }),
        request,
        row => ({ key: row.createdAt.toISOString(), id: row.id }),
        viewOf
      )
    },

    async create(caller, body) {
      const { name, permissions = null, allowedIps = [], expiresAt = null } = body
      checkAddresses(allowedIps)
      checkExpiry(expiresAt)
      const lacked = permissions?.find(permission => !canSomewhere(caller.actor, permission))
      if (lacked) throw forbidden(lacked)
      const owner = await proofs.byEither(caller, body)
      const secret = `cap_${randomBytes(SECRET_BYTES).toString('base64url')}`
      const key = {
        ...{ name, allowedIps, allPermissions: permissions === null },
        permissions: permissions ?? [],
        expiresAt: expiresAt === null ? null : new Date(expiresAt),
        // As many random bits need no slow hash.
        secretHash: createHash('sha256').update(secret).digest('hex')
      }
      const after = { name, permissions, allowedIps, expiresAt }
      const entry = entryOf(caller, 'api-key.created', null, after)
      const row = await repo.insert(owner, key, { max: MAX_KEYS, entry })
      if (!row) throw new TooManyApiKeys(MAX_KEYS)
      return { apiKey: viewOf(row), secret }
    },

    async remove(caller, id) {
      const { userId } = caller.actor
      const isGone = await repo.remove(userId, id, entryOf(caller, 'api-key.deleted', id))
      if (!isGone) throw new ApiKeyNotFound(id)
      events.publish({ type: 'access.changed', userId })
    }
  }
}

function checkAddresses(allowedIps: readonly string[]): void {
  const at = allowedIps.findIndex(text => !isAddressOrRange(text))
  if (at === -1) return
  const message = 'is no address or range, e.g. 192.0.2.7 or 2001:db8::/32'
  throw validationFailed([{ field: `body.allowedIps.${at}`, message }])
}

function checkExpiry(expiresAt: string | null): void {
  if (expiresAt === null || new Date(expiresAt) > new Date()) return
  throw validationFailed([{ field: 'body.expiresAt', message: 'must not be over already' }])
}

function entryOf(caller: RequestCaller, action: string, targetId: string | null, after?: object) {
  return auditEntry(caller, { action, targetType: 'api-key', targetId, after })
}

function viewOf({ allPermissions, permissions, ...row }: ApiKeyRow): ApiKeyView {
  return {
    ...row,
    permissions: allPermissions ? null : permissions,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString()
  }
}
