import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { IdParams } from '../../plugins/conventions.ts'
import { callerOf } from '../caller.ts'
import {
  EggBody,
  EggImport,
  EggsBody,
  EggsImport,
  EggUpdate,
  ExportQuery,
  IMPORT_BODY_BYTES
} from './eggs.schema.ts'
import type { EggsService } from './eggs.service.ts'

const keeper = { permission: 'admin-templates' } as const

/** Under /ctrls. */
export const eggImportRoutes: FastifyPluginAsyncTypebox<{ eggs: EggsService }> = async (
  app,
  { eggs }
) => {
  app.post(
    '/:id/alts/import',
    {
      config: keeper,
      bodyLimit: IMPORT_BODY_BYTES,
      schema: {
        summary: 'A template from an egg, the file of other panels: its text, or its address',
        params: IdParams,
        body: EggBody,
        response: { 200: EggImport, 201: EggImport }
      }
    },
    async (request, reply) => {
      const taken = await eggs.take(callerOf(request), request.params.id, request.body)
      return reply.code(taken.outcome === 'created' ? 201 : 200).send(taken)
    }
  )

  app.post(
    '/:id/alts/import-many',
    {
      config: keeper,
      bodyLimit: IMPORT_BODY_BYTES,
      schema: {
        summary: 'Templates from many eggs: each is taken or refused for itself',
        params: IdParams,
        body: EggsBody,
        response: { 200: EggsImport }
      }
    },
    request => eggs.takeAll(callerOf(request), request.params.id, request.body.files)
  )
}

/** Under /alts. */
export const eggUpdateRoutes: FastifyPluginAsyncTypebox<{ eggs: EggsService }> = async (
  app,
  { eggs }
) => {
  app.get(
    '/:id/update',
    {
      config: keeper,
      schema: {
        summary: 'Whether there is a newer file where the egg of a template came from',
        params: IdParams,
        response: { 200: EggUpdate }
      }
    },
    request => eggs.checkUpdate(request.params.id)
  )

  app.post(
    '/:id/update',
    {
      config: keeper,
      schema: {
        summary: 'Takes the file that is there now; servers stay on their version',
        params: IdParams,
        response: { 200: EggImport }
      }
    },
    request => eggs.update(callerOf(request), request.params.id)
  )
}

/** Under /alts. */
export const eggExportRoutes: FastifyPluginAsyncTypebox<{ eggs: EggsService }> = async (
  app,
  { eggs }
) => {
  app.get(
    '/:id/export',
    {
      config: keeper,
      schema: {
        summary: 'A template as an egg, for this and for other panels',
        produces: ['text/plain'],
        params: IdParams,
        querystring: ExportQuery,
        response: { 200: Type.String({ description: 'The egg file.' }) }
      }
    },
    async (request, reply) => {
      const { fileName, text } = await eggs.export(request.params.id, request.query.format)
      reply
        .type('text/plain; charset=utf-8')
        .header('content-disposition', `attachment; filename="${fileName}"`)
      return text
    }
  )
}
