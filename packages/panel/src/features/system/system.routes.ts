import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { DatabaseView } from './database.schema.ts'
import type { DatabaseService } from './database.service.ts'

/** Under /system. */
export const systemRoutes: FastifyPluginAsyncTypebox<{ database: DatabaseService }> = async (
  app,
  { database }
) => {
  app.get(
    '/database',
    {
      config: { permission: 'admin-settings' },
      schema: {
        summary: 'How the database is: its size, connections, and what takes it long',
        response: { 200: DatabaseView }
      }
    },
    () => database.view()
  )
}
