import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { OriginRefused } from '../errors.ts'

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Acts that come from a browser must come from the panel's own pages: browsers say so in Origin and
 * Sec-Fetch-Site, which a page cannot forge. Programs send neither. WebSockets count as acts.
 */
export const originCheck = fp<{ publicUrl: string | undefined }>(
  async (app: FastifyInstance, { publicUrl }) => {
    const publicOrigin = publicUrl && new URL(publicUrl).origin
    app.addHook('onRequest', async request => {
      const isUpgrade = request.headers.upgrade !== undefined
      if (safeMethods.has(request.method) && !isUpgrade) return
      const allowed = [publicOrigin, `${request.protocol}://${request.host}`]
      if (!isFromHere(request, allowed)) throw new OriginRefused()
    })
  }
)

function isFromHere(request: FastifyRequest, allowed: (string | undefined)[]): boolean {
  const { origin, referer } = request.headers
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false
  if (origin !== undefined) return allowed.includes(origin)
  if (referer === undefined) return true
  return URL.canParse(referer) && allowed.includes(new URL(referer).origin)
}
