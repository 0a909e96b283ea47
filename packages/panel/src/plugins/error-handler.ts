import createError from '@fastify/error'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import {
  BodyTooLarge,
  Conflict,
  type ErrorDetail,
  MalformedJson,
  RouteNotFound,
  TooManyRequests,
  Unavailable,
  UnsupportedMediaType,
  validationFailed
} from '../errors.ts'
import type { ErrorBody } from './conventions.ts'

/** Every failure leaves the panel in one shape, and nothing of the inside with it. */
export const errorHandler = fp(async (app: FastifyInstance) => {
  app.setErrorHandler((err: FastifyError, request, reply) => sendError(err, request, reply))
  app.setNotFoundHandler((request, reply) =>
    sendError(new RouteNotFound(request.method, pathOf(request)), request, reply)
  )
})

export function sendError(err: unknown, request: FastifyRequest, reply: FastifyReply) {
  const known = translate(err) ?? notThere(err, request)
  if (!known) {
    request.log.error({ err }, 'request failed')
    const message = 'Something went wrong in the panel; its log tells more under this requestId'
    return reply.code(500).send({ code: 'INTERNAL', message, requestId: request.id })
  }
  const status = known.statusCode ?? 500
  if (status >= 500) request.log.warn({ err }, 'request failed')
  const seconds = retryAfterOf(known)
  if (seconds) reply.header('retry-after', seconds)
  return reply.code(status).send(bodyOf(known, request.id))
}

function bodyOf(err: FastifyError, requestId: string): ErrorBody {
  const details = 'details' in err && Array.isArray(err.details) ? err.details : undefined
  return { code: err.code, message: err.message, ...(details && { details }), requestId }
}

/** The error as callers may see it; undefined: it is a fault of ours. */
function translate(err: unknown): FastifyError | undefined {
  if (!(err instanceof Error)) return undefined
  const code = codeOf(err)
  if ('validation' in err && Array.isArray(err.validation)) {
    return validationFailed(detailsOf(err as FastifyError))
  }
  const ours = requestErrors[code]
  if (ours) return ours()
  // Before its words are looked at: names that people gave are among them.
  if (isOurs(err) && !code.startsWith('FST_')) return err
  if (isDatabaseAway(err, code)) return new Unavailable()
  if (conflictCodes.has(code)) return new Conflict()
  const status = 'statusCode' in err ? Number(err.statusCode) : 0
  if (status === 400) return validationFailed([{ message: 'it could not be read' }])
  return undefined
}

/** The library that serves the description's files refuses a path that leads out of them: nothing is there. */
function notThere(err: unknown, request: FastifyRequest): FastifyError | undefined {
  const status = err instanceof Error && 'statusCode' in err ? err.statusCode : undefined
  return status === 403 ? new RouteNotFound(request.method, pathOf(request)) : undefined
}

function isOurs(err: Error): err is FastifyError {
  return err instanceof createError.FastifyError
}

/** What Fastify says about a request, in our words. */
const requestErrors: Record<string, (() => FastifyError) | undefined> = {
  FST_ERR_CTP_INVALID_JSON_BODY: () => new MalformedJson(),
  FST_ERR_CTP_EMPTY_JSON_BODY: () =>
    validationFailed([{ field: 'body', message: 'must not be empty' }]),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    validationFailed([
      { field: 'headers.content-length', message: 'is not the length of the body' }
    ]),
  FST_ERR_CTP_BODY_TOO_LARGE: () => new BodyTooLarge(),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new UnsupportedMediaType(),
  FST_ERR_BAD_URL: () => validationFailed([{ field: 'path', message: 'is not a valid path' }]),
  FST_ERR_MAX_PARAM_LENGTH: () => validationFailed([{ field: 'path', message: 'is too long' }]),
  FST_UNDER_PRESSURE: () => new Unavailable()
}

function detailsOf(err: FastifyError): [ErrorDetail, ...ErrorDetail[]] {
  const part = err.validationContext === 'querystring' ? 'query' : (err.validationContext ?? 'body')
  const [first, ...rest] = (err.validation ?? []).map(found => {
    const { instancePath, keyword, params, message } = found
    const missing = keyword === 'required' ? `.${params.missingProperty}` : ''
    const surplus = keyword === 'additionalProperties' ? `.${params.additionalProperty}` : ''
    const field = part + instancePath.replaceAll('/', '.') + missing + surplus
    return { field, message: wordsOf(keyword, params, message) }
  })
  return [first ?? { field: part, message: 'is not valid' }, ...rest]
}

function wordsOf(keyword: string, params: Record<string, unknown>, message = 'is not valid') {
  if (keyword === 'required') return 'is missing'
  if (keyword === 'additionalProperties') return 'is not a property that is known here'
  if (keyword === 'enum' && Array.isArray(params.allowedValues)) {
    return `must be one of ${params.allowedValues.join(', ')}`
  }
  return message
}

/** Something else got there first; the caller may simply try again. */
const conflictCodes = new Set([
  'P2002',
  'P2003',
  'P2025',
  'P2034',
  '23505',
  '23503',
  '40001',
  '40P01'
])

/** What PostgreSQL itself said, also when Prisma wraps it in a code that stands for everything. */
function codeOf(err: Error): string {
  const code = 'code' in err && typeof err.code === 'string' ? err.code : ''
  const cause = adapterCauseOf(err)
  if (awayKinds.has(cause?.kind ?? '')) return 'P1001'
  return code === '' || wrappers.has(code) ? (cause?.originalCode ?? code) : code
}

interface AdapterCause {
  kind?: string
  originalCode?: string
}

/** A query's error has it in `meta`; one that ends a transaction's beginning comes as the adapter threw it. */
function adapterCauseOf(err: Error): AdapterCause | undefined {
  if (err.name === 'DriverAdapterError') return err.cause as AdapterCause
  const { meta } = err as { meta?: { driverAdapterError?: { cause?: AdapterCause } } }
  return meta?.driverAdapterError?.cause
}

const awayKinds = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TooManyConnections'
])

const wrappers = new Set(['P2010', 'P2039'])

const awayCodes = new Set([
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037'],
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN'],
  ...[
    '57P01',
    '57P02',
    '57P03',
    '53300',
    '53100',
    '53200',
    '25006',
    '08006',
    '08001',
    '08004',
    '55P03'
  ],
  // The server ended a statement or a transaction that took too long.
  ...['57014', '25P03']
])

function isDatabaseAway(err: Error, code: string): boolean {
  if (awayCodes.has(code)) return true
  return /timeout exceeded when trying to connect|Connection terminated|is not queryable|Query read timeout|statement timeout/i.test(
    err.message
  )
}

function retryAfterOf(err: FastifyError): number | undefined {
  if (err instanceof Unavailable) return 1
  if (!(err instanceof TooManyRequests)) return undefined
  return Number(/in (\d+) s/.exec(err.message)?.[1] ?? 1)
}

function pathOf(request: FastifyRequest): string {
  return (request.url.split('?')[0] ?? '').slice(0, 200)
}
