/** A column whose values are sealed; each must be read back, so a hash would not do. */
export interface SealedPlace {
  table: string
  column: string
  /** The columns of the primary key, with their types. */
  id: Readonly<Record<string, 'uuid' | 'text' | 'int'>>
  /** The envelope stands in a column for JSON. */
  isJson?: true
  /** How releases before this one kept it. */
  before: 'plain' | { sealedFor: string; place: readonly string[] }
  /** What becomes of a value whose key is lost for good, as SQL; absent: it stays, and never opens again. */
  whenLost?: { do: 'delete' } | { do: 'set'; to: string }
}

const LOST_SCRIPT =
  'echo "This script was sealed with a key that is lost: write it anew in the template." >&2\nexit 1\n'

/** What is sealed. A test holds it, with the tables below, against schema.prisma. */
export const sealedColumns = {
  'User.totpSecret': {
    ...{ table: 'User', column: 'totpSecret', id: { id: 'uuid' } },
    before: { sealedFor: 'second factor', place: ['id'] }
    // Nobody gets in without a second factor because a key was lost: recovery codes open the account.
  },
  'User.totpPendingSecret': {
    ...{ table: 'User', column: 'totpPendingSecret', id: { id: 'uuid' } },
    before: { sealedFor: 'second factor', place: ['id'] },
    whenLost: { do: 'set', to: 'NULL' }
  },
  'IdempotencyKey.responseBody': {
    ...{ table: 'IdempotencyKey', column: 'responseBody', id: { id: 'uuid' }, isJson: true },
    before: { sealedFor: 'idempotency', place: ['actorId', 'key'] },
    whenLost: { do: 'set', to: 'NULL' }
  },
  'ServerVariable.value': {
    ...{ table: 'ServerVariable', column: 'value', id: { serverId: 'uuid', name: 'text' } },
    before: 'plain',
    whenLost: { do: 'delete' }
  },
  'AltVariable.defaultValue': {
    ...{ table: 'AltVariable', column: 'defaultValue', id: { id: 'uuid' } },
    before: 'plain',
    whenLost: { do: 'set', to: "''" }
  },
  'Alt.installScript': {
    ...{ table: 'Alt', column: 'installScript', id: { id: 'uuid' } },
    before: 'plain',
    whenLost: { do: 'set', to: `'${LOST_SCRIPT}'` }
  },
  'Alt.source': {
    ...{ table: 'Alt', column: 'source', id: { id: 'uuid' }, isJson: true },
    before: 'plain',
    whenLost: { do: 'set', to: 'NULL' }
  },
  'AltVersion.content': {
    ...{ table: 'AltVersion', column: 'content', id: { altId: 'uuid', version: 'int' } },
    before: 'plain'
    // It stays, and never opens again: a server must not run as another version says.
  },
  'AltVersion.installScript': {
    ...{ table: 'AltVersion', column: 'installScript', id: { altId: 'uuid', version: 'int' } },
    before: 'plain',
    whenLost: { do: 'set', to: `'${LOST_SCRIPT}'` }
  }
} as const satisfies Record<string, SealedPlace>

export type SealedColumn = keyof typeof sealedColumns

/** What only has to be compared, and how. */
export const hashedColumns = {
  'User.passwordHash': 'bcrypt, cost 12: people choose passwords',
  'RecoveryCode.codeHash': 'SHA-256 of 80 random bits',
  'MailToken.secretHash': 'SHA-256 of 256 random bits',
  'ApiKey.secretHash': 'SHA-256 of 256 random bits',
  'EnrollmentToken.secretHash': 'SHA-256 of 256 random bits',
  'IdempotencyKey.bodyHash': 'HMAC with a key of SESSION_SECRET: a body may hold a password'
} as const

/** What sounds like a secret and is none, and why. */
export const publicColumns = {
  'User.mustChangePassword': 'whether, not which',
  'User.totpLastStep': 'the time of a code that is used up',
  'Role.requiresTotp': 'a rule of the role',
  'IdempotencyKey.key': "names a request; worth nothing without its maker's login",
  'Alt.iconHash': 'the name of a picture that everybody sees',
  'Agent.kid': 'the name of a public key',
  'Agent.publicKey': 'the half that others may know; the private one never leaves the node',
  'EnrollmentToken.usedByPublicKey': 'the half that others may know',
  'Command.idempotencyKey': "names a request; worth nothing without its maker's login",
  'Command.payloadHash': 'of numbers and words of state alone',
  'AuditLog.apiKeyId': 'the id of a key, not the key',
  'AuditLog.apiKeyName': 'what its owner calls it'
} as const
