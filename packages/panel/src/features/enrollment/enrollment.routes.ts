import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import type { AgentDownload } from './agent-download.ts'

/** Under /agent/v1, open to all: what a machine needs before it has any credentials holds no secret. */
export const agentDownloadRoutes: FastifyPluginAsyncTypebox<{ download: AgentDownload }> = async (
  app,
  { download }
) => {
  const config = { public: true } as const

  app.get(
    '/install.sh',
    {
      config,
      schema: {
        summary: 'Installs the agent; the enrolment line runs it',
        produces: ['text/x-shellscript'],
        response: { 200: Type.String() }
      }
    },
    async (_request, reply) => {
      reply.type('text/x-shellscript; charset=utf-8').header('cache-control', 'no-cache')
      return download.installScript()
    }
  )

  app.get(
    '/agent.mjs',
    {
      config,
      schema: {
        summary: 'The agent in one file, for Node 20.19 and newer',
        produces: ['text/javascript'],
        response: { 200: Type.Unsafe<Buffer>(Type.String()) }
      }
    },
    async (_request, reply) => {
      const { bytes, sha256 } = await download.bundle()
      reply.type('text/javascript; charset=utf-8').header('etag', `"${sha256}"`)
      return reply.header('cache-control', 'no-cache').send(bytes)
    }
  )
}
