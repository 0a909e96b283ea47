import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { AltsService } from './alts.service.ts'
import { TagsList } from './templates.schema.ts'

/** Under /alt-tags. */
export const tagsRoutes: FastifyPluginAsyncTypebox<{ alts: AltsService }> = async (
  app,
  { alts }
) => {
  app.get(
    '/',
    {
      config: { authenticated: true },
      schema: { summary: 'What templates are found by', response: { 200: TagsList } }
    },
    () => alts.tags()
  )
}
