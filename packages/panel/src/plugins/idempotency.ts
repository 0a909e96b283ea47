import { setTimeout as delay } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { v7 as uuidv7 } from 'uuid'
import { IdempotencyKeyReused, lostAnswer, RequestInProgress, validationFailed } from '../errors.ts'
import type { Vault } from '../secrets/vault.ts'
import type { IdempotencyRepo, KeptRequest } from './idempotency.repo.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The row of its Idempotency-Key, while it is the first with it. */
    idempotency: { id: string; place: string; end: () => void } | null
  }
}

export interface IdempotencyOptions {
  repo: IdempotencyRepo
  vault: Vault
  fingerprint: (text: string) => string
}

const BODY = 'IdempotencyKey.responseBody'
const KEEP_MS = 24 * 3_600_000
/** Longer than any answer takes (Prefer: wait is at most a minute). */
const WAIT_MS = 65_000
/** What could not be noted is tried again for so long. */
const RETRY_MS = 1_000
const TRIES = 60
const mutating = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/**
 * A mutating request with an Idempotency-Key is done once: its repetition gets the first answer, also
 * after a restart. What changed nothing (4xx, 503) is not kept, so that
 * the key serves for another try.
 */
export const idempotency = fp<IdempotencyOptions>(
  async (app: FastifyInstance, { repo, vault, fingerprint }) => {
    /** The firsts that this process is answering. */
    const underWay = new Map<string, Promise<void>>()
    const bootedAt = new Date()
    const closing = new AbortController()
    app.addHook('onClose', async () => closing.abort())
    app.decorateRequest('idempotency', null)

    app.addHook('preHandler', async (request, reply) => {
      const key = keyOf(request)
      if (key === undefined) return
      const wanted = {
        id: uuidv7(),
        actorId: request.actor.userId,
        key,
        route: `${request.method} ${request.url}`.slice(0, 1_000),
        // The body may hold a password.
        bodyHash: fingerprint(JSON.stringify(request.body ?? null))
      }
      const place = `${wanted.actorId}:${key}`
      let before = underWay.get(place)
      while (before !== undefined) {
        await inTime(before)
        before = underWay.get(place)
      }
      const first = start(wanted.id, place, request)
      const kept = await repo.claim(wanted, KEEP_MS).catch((err: unknown) => {
        request.idempotency = null
        // The row may be there all the same: only the answer was lost.
        insist(() => repo.release(wanted.id), request).then(first.end, first.end)
        throw err
      })
      if (!kept) return
      first.end()
      request.idempotency = null
      if (kept.route !== wanted.route || kept.bodyHash !== wanted.bodyHash) {
        throw new IdempotencyKeyReused()
      }
      return replay(kept, wanted, reply)
    })

    app.addHook('onSend', async (request, reply, payload) => {
      const first = request.idempotency
      if (!first) return payload
      const note = settling(first, reply, payload)
      try {
        await note()
        first.end()
      } catch (err) {
        request.log.warn({ err }, 'an answer waits to be kept for its repetition')
        insist(note, request).then(first.end, first.end)
      }
      return payload
    })

    /** A database that is away for a moment must not leave the key in use: whoever repeats the request waits for this. */
    async function insist(work: () => Promise<void>, request: FastifyRequest): Promise<void> {
      const { signal } = closing
      for (let tries = 1; !signal.aborted; tries++) {
        await delay(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined)
        try {
          return await work()
        } catch (err) {
          if (tries < TRIES && !signal.aborted) continue
          request.log.error({ err }, 'could not keep the answer for its repetition')
          return
        }
      }
    }

    // An answer that could not even be sent.
    app.addHook('onRequestAbort', async request => request.idempotency?.end())
    app.addHook('onTimeout', async request => request.idempotency?.end())

    function start(id: string, place: string, request: FastifyRequest) {
      let resolve = () => {}
      const ended = new Promise<void>(done => {
        resolve = done
      })
      underWay.set(place, ended)
      const end = () => {
        if (underWay.get(place) === ended) underWay.delete(place)
        resolve()
      }
      request.idempotency = { id, place, end }
      return request.idempotency
    }

    async function replay(
      kept: KeptRequest,
      { actorId, key }: { actorId: string; key: string },
      reply: FastifyReply
    ) {
      if (kept.responseStatus === null) {
        // Its process may still be at it, unless that is one before this.
        const isYoung = Date.now() - kept.createdAt.getTime() < WAIT_MS
        if (kept.createdAt >= bootedAt && isYoung) throw new RequestInProgress()
        throw lostAnswer(await repo.commandOf(actorId, key))
      }
      // A surprise may have come after the act: whether it made a command is known.
      if (kept.responseStatus === 500) throw lostAnswer(await repo.commandOf(actorId, key))
      const text = kept.sealedBody && vault.open(BODY, kept.id, kept.sealedBody)
      if (text === undefined || text === null) throw lostAnswer(await repo.commandOf(actorId, key))
      reply.code(kept.responseStatus).header('idempotent-replayed', 'true')
      if (kept.location) reply.header('location', kept.location)
      if (text === '') return reply.send()
      // It was made by the route's own schema then.
      return reply.type('application/json; charset=utf-8').send(text)
    }

    /** What is to be noted of the answer; safe to repeat. */
    function settling(
      { id }: { id: string },
      reply: FastifyReply,
      payload: unknown
    ): () => Promise<void> {
      const { statusCode: status } = reply
      const changedNothing = (status >= 400 && status < 500) || status === 503
      if (changedNothing) return () => repo.release(id)
      const location = reply.getHeader('location')
      const sealedBody = vault.seal(BODY, id, typeof payload === 'string' ? payload : '')
      const answer = { status, sealedBody, ...(typeof location === 'string' && { location }) }
      return () => repo.keep(id, answer)
    }
  }
)

function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key']
  const { withoutIdempotency } = request.routeOptions.config
  if (key === undefined || withoutIdempotency || !mutating.has(request.method)) return undefined
  if (!request.visitor || request.is404) return undefined
  if (typeof key === 'string' && /^[\x21-\x7e]{1,128}$/.test(key)) return key
  throw validationFailed([
    { field: 'headers.idempotency-key', message: 'must be 1 to 128 visible ASCII characters' }
  ])
}

async function inTime(first: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new RequestInProgress()), WAIT_MS)
  })
  try {
    await Promise.race([first, late])
  } finally {
    clearTimeout(timer)
  }
}
