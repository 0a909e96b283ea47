const everywhere = new Set(['0.0.0.0', '::'])

/** Bound on every address of its machine: it says nothing of where players go. */
export const isEverywhere = (ip: string): boolean => everywhere.has(ip)

/** As players type it. */
export function addressText(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** The number alone where that is enough. */
export function portText(ip: string, port: number): string {
  return isEverywhere(ip) ? String(port) : addressText(ip, port)
}
