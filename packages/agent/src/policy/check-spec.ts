import type { ServerSpec } from '@ctrl-alt-play/protocol'
import { DriverError } from '../runtime/driver-error.ts'
import type { Policy } from './policy.ts'

/** Throws POLICY_REFUSED, naming what this machine's owner does not allow. */
export function checkSpec(policy: Policy, { limits, ports }: ServerSpec): void {
  refuseAbove('memory (MiB)', limits.memoryMiB, policy.maxMemoryMiB)
  refuseAbove('swap (MiB)', limits.swapMiB, policy.maxSwapMiB)
  refuseAbove('processes', limits.pids, policy.maxPids)
  // No limit at all is more than any.
  refuseAbove('CPU (percent)', limits.cpuPercent || Number.POSITIVE_INFINITY, policy.maxCpuPercent)
  const stranger = ports.find(({ ip }) => policy.allowedIps && !policy.allowedIps.includes(ip))
  if (!stranger) return
  throw new DriverError(
    'POLICY_REFUSED',
    `This node's policy does not allow ports on ${stranger.ip}; allowed are ${policy.allowedIps?.join(', ')}`
  )
}

function refuseAbove(what: string, wanted: number, max: number | undefined): void {
  if (max === undefined || wanted <= max) return
  const asked = Number.isFinite(wanted) ? String(wanted) : 'no limit'
  throw new DriverError(
    'POLICY_REFUSED',
    `This node's policy allows ${what} up to ${max}; asked for was ${asked}`
  )
}
