import type { Texts } from '../texts/en.ts'

interface Detail {
  field?: string
  message: string
  /** Of what it is about: a permission, something that is in the way. */
  type?: string
  name?: string
}

/** Why the panel did not do what was asked; status 0: it did not answer. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly details: readonly Detail[]
  readonly requestId: string | undefined

  constructor(status: number, body: unknown) {
    const { code, message, details, requestId } = (body ?? {}) as Partial<Record<string, unknown>>
    super(typeof message === 'string' ? message : '')
    this.status = status
    this.code = typeof code === 'string' ? code : 'NO_ANSWER'
    this.details = Array.isArray(details) ? details : []
    this.requestId = typeof requestId === 'string' ? requestId : undefined
  }
}

const inTheWay = new Set(['IN_USE', 'USER_HAS_SERVERS'])
const SHOWN_NAMES = 10

/** What happened and what to do, in the reader's language where there are words for it. */
export function explain(error: unknown, texts: Texts): string {
  if (!(error instanceof Problem) || error.status === 0) return texts.failed.network
  const known: Partial<Record<string, string>> = texts.errors
  const named = known[error.code]
  if (named) return named
  const lacked = error.details.find(({ type }) => type === 'permission')?.name
  if (error.code === 'FORBIDDEN' && lacked !== undefined) {
    const rights: Partial<Record<string, string>> = texts.permissions.names
    return texts.failed.lacks(rights[lacked] ?? lacked)
  }
  const needing = error.details.flatMap(({ type, name, message }) =>
    type ? (name ?? message) : []
  )
  if (inTheWay.has(error.code) && needing.length > 0) {
    return texts.failed.inTheWay(needing.slice(0, SHOWN_NAMES).join(', '))
  }
  const fields = error.details.flatMap(({ field, message }) =>
    field ? texts.failed.field(field.replace(/^body\.?/, ''), message) : []
  )
  if (fields.length > 0) return fields.join('\n')
  return error.message || texts.failed.network
}
