import { isDeeperThan } from '@ctrl-alt-play/protocol'
import type { FastifyInstance } from 'fastify'
import { validationFailed } from '../errors.ts'

/** More than any route takes: whoever walks through a body may call itself for each level. */
const MAX_LEVELS = 64

/** JSON bodies. Many clients send the header also with nothing behind it: a route that takes no body does not mind. */
export function acceptJsonBodies(app: FastifyInstance): void {
  const readJson = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string' },
    (request, text, done) => {
      const takesBody = request.routeOptions.schema?.body !== undefined
      if (text === '' && !takesBody) done(null, undefined)
      else if (isDeeperThan(text, MAX_LEVELS)) done(tooDeep())
      else void readJson(request, text, done)
    }
  )
}

function tooDeep() {
  return validationFailed([
    { field: 'body', message: `must not be nested more than ${MAX_LEVELS} levels deep` }
  ])
}
