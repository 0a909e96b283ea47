import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { permissionCatalog } from './catalog.ts'

const PermissionsAnswer = Type.Object({
  data: Type.Array(
    Type.Object({ name: Type.String(), category: Type.String(), description: Type.String() })
  ),
  nextCursor: Type.Null()
})

export const permissionsRoutes: FastifyPluginAsyncTypebox = async app => {
  app.get(
    '/',
    {
      config: { authenticated: true },
      schema: { summary: 'Every permission there is', response: { 200: PermissionsAnswer } }
    },
    async () => ({ data: [...permissionCatalog], nextCursor: null })
  )
}
