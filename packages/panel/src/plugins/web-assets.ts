import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { Type } from '@sinclair/typebox'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { WebFileNotFound } from '../errors.ts'

const INDEX = 'index.html'

/** Where a person may arrive: the script there shows what belongs to the address. */
const pages = [
  ...['/', '/login', '/new-password', '/reset-password', '/second-factor', '/confirm-email'],
  ...['/servers/*', '/nodes', '/nodes/*', '/invitations'],
  ...['/account', '/account/*', '/people', '/people/*', '/templates', '/templates/*']
]

/** It is for the script: where to go after the login, for one. */
const AnyQuery = Type.Object({}, { additionalProperties: true })

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2'
}

/** As the build packs them. */
const encodings = [
  { encoding: 'br', suffix: '.br' },
  { encoding: 'gzip', suffix: '.gz' }
]

interface WebFile {
  type: string
  etag: string
  plain: Buffer
  /** The best first. */
  packed: { encoding: string; bytes: Buffer }[]
}

/** The web pages as the build has left them. Open to all: they hold nothing of this panel, and the API asks who is there. */
export const webAssets = fp<{ folder: string }>(async (app: FastifyInstance, { folder }) => {
  const config = { public: true, isPage: true, rateLimit: false } as const
  const files = createWebFiles(folder)

  for (const page of pages) {
    app.get(page, { config, schema: { querystring: AnyQuery } }, async (request, reply) => {
      reply.header('cache-control', 'no-cache')
      return send(request, reply, await files.read(INDEX))
    })
  }

  app.get<{ Params: { '*': string } }>('/assets/*', { config }, async (request, reply) => {
    const file = await files.read(join('assets', request.params['*']))
    // Its name says what is in it.
    reply.header('cache-control', 'public, max-age=31536000, immutable')
    return send(request, reply, file)
  })
})

function send(request: FastifyRequest, reply: FastifyReply, file: WebFile): FastifyReply {
  reply.type(file.type).header('etag', file.etag).header('vary', 'accept-encoding')
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send()
  const taken = (request.headers['accept-encoding'] ?? '').split(/\s*,\s*/)
  const packed = file.packed.find(({ encoding }) => taken.includes(encoding))
  if (!packed) return reply.send(file.plain)
  return reply.header('content-encoding', packed.encoding).send(packed.bytes)
}

interface WebFiles {
  read(name: string): Promise<WebFile>
}

/** Only names that the build has made are looked for; what is below assets is read once. */
function createWebFiles(folder: string): WebFiles {
  const known = new Map<string, WebFile>()
  let names: ReadonlySet<string> = new Set()

  async function load(name: string): Promise<WebFile> {
    const plain = await readFile(join(folder, name))
    const packed = await Promise.all(
      encodings.map(async ({ encoding, suffix }) => {
        const bytes = await readFile(join(folder, name + suffix)).catch(() => undefined)
        return bytes ? [{ encoding, bytes }] : []
      })
    )
    const digest = createHash('sha256').update(plain).digest('base64url').slice(0, 22)
    const type = types[extname(name)] ?? 'application/octet-stream'
    return { type, etag: `"${digest}"`, plain, packed: packed.flat() }
  }

  return {
    async read(name) {
      const last = known.get(name)
      if (last) return last
      // They may be built anew while the panel runs.
      if (!names.has(name)) names = await listFiles(folder)
      const file = names.has(name) ? await load(name).catch(() => undefined) : undefined
      if (!file) throw new WebFileNotFound(name)
      if (name !== INDEX) known.set(name, file)
      return file
    }
  }
}

async function listFiles(folder: string): Promise<Set<string>> {
  const below = async (path: string) =>
    (await readdir(join(folder, path)).catch(() => [])).map(name => join(path, name))
  return new Set([...(await below('')), ...(await below('assets'))])
}
