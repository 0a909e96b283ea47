import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'

/** The page that shows the API's description. Without the top bar it has no style of its own that the panel's policy refuses. */
export const apiPage = fp(async (app: FastifyInstance) => {
  await app.register(swaggerUi, {
    routePrefix: '/api/docs',
    uiConfig: { layout: 'BaseLayout' },
    theme: { title: 'Ctrl-Alt-Play API' }
  })
})
