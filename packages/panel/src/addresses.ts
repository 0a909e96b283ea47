import { networkInterfaces } from 'node:os'
import type { Config } from './config.ts'

/** Where this machine reaches the panel. */
export function localUrl(config: Pick<Config, 'host' | 'tls'>, port: number): string {
  const scheme = config.tls ? 'https' : 'http'
  return `${scheme}://${urlHost(isWildcard(config.host) ? '127.0.0.1' : config.host)}:${port}`
}

/** Where others reach it: what PUBLIC_URL says, else the best that can be known from here. */
export function publicUrl(
  config: Pick<Config, 'host' | 'tls' | 'publicUrl'>,
  port: number
): string {
  if (config.publicUrl) return config.publicUrl
  const own = isWildcard(config.host) ? firstAddress() : undefined
  return own ? localUrl({ ...config, host: own }, port) : localUrl(config, port)
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host
}

function firstAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address
}
