import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { type Config, isLoopbackName } from '../../config.ts'
import { plainAddress } from '../auth/address.ts'
import { can } from '../permissions/can.ts'

/**
 * /metrics is for Prometheus with METRICS_TOKEN, for whoever holds monitoring-view on all servers, and
 * for this machine as long as nothing says that a proxy on it speaks for others.
 */
export function metricsAccess(
  config: Pick<Config, 'metricsToken' | 'publicUrl' | 'trustedProxies'>
): (request: FastifyRequest) => boolean {
  const { metricsToken, publicUrl, trustedProxies } = config
  const isPublished = publicUrl !== undefined && !isLoopbackName(new URL(publicUrl).hostname)
  const trustsMachine = !isPublished && trustedProxies.length === 0

  return request => {
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ')
    if (metricsToken && scheme?.toLowerCase() === 'bearer' && isSame(token, metricsToken)) {
      return true
    }
    if (request.visitor && can(request.visitor, 'monitoring-view')) return true
    return trustsMachine && isFromThisMachine(request)
  }
}

/** Under a name of this machine's own: a page elsewhere may have its name point here, and read along. */
function isFromThisMachine({ socket, headers, hostname }: FastifyRequest): boolean {
  const address = plainAddress(socket.remoteAddress ?? '')
  const isForwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined
  const isLocal = address === '::1' || address.startsWith('127.')
  return isLocal && !isForwarded && isLoopbackName(hostname)
}

function isSame(given: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(right))
}
