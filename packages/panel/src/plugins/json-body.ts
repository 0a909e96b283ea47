import type { FastifyInstance } from 'fastify'

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
      else void readJson(request, text, done)
    }
  )
}
