import { isLoopbackName } from '../../config.ts'

export interface EnrollmentLine {
  /** To be pasted on the machine, as root. */
  command: string
  /** Why that is not safe everywhere; absent when it is. */
  warning?: string
}

/** The line that makes a machine a node. It carries the panel's key and the agent's checksum: joining is when trust is made. */
export function enrollmentLine(parts: {
  publicUrl: string
  token: string
  panelKey: string
  sha256: string
}): EnrollmentLine {
  const { publicUrl, token, panelKey, sha256 } = parts
  const url = new URL(publicUrl)
  const insecure = url.protocol === 'http:' && !isLoopbackName(url.hostname)
  const flags = [
    `--panel ${publicUrl}`,
    `--token ${token}`,
    `--panel-key ${panelKey}`,
    `--sha256 ${sha256}`,
    ...(insecure ? ['--insecure'] : [])
  ]
  const command = `curl -fsSL ${publicUrl}/agent/v1/install.sh | sh -s -- ${flags.join(' ')}`
  if (!insecure) return { command }
  return {
    command,
    warning:
      'The panel is reached without TLS: anyone on the way can read consoles and change the install script. Set PUBLIC_URL to an https:// address unless the network is your own.'
  }
}
