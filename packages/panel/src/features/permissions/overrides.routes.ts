import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import { OverridesAnswer, OverridesBody } from './overrides.schema.ts'
import type { OverridesService } from './overrides.service.ts'

/** Under /users. */
export const overridesRoutes: FastifyPluginAsyncTypebox<{ overrides: OverridesService }> = async (
  app,
  { overrides }
) => {
  const config = { permission: 'admin-roles' } as const

  app.get(
    '/:id/permissions',
    {
      config,
      schema: {
        summary: 'What a user may do beside the role, or may not',
        params: IdParams,
        response: { 200: OverridesAnswer }
      }
    },
    request => overrides.list(callerOf(request), request.params.id)
  )

  app.put(
    '/:id/permissions',
    {
      config,
      schema: {
        summary: 'The whole list at once; nobody grants what they lack, or changes their own',
        params: IdParams,
        body: OverridesBody,
        response: { 200: OverridesAnswer }
      }
    },
    request => overrides.replace(callerOf(request), request.params.id, request.body)
  )
}
