import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AgentBundleMissing } from '../../errors.ts'
import { installFolder } from '../../folders.ts'

/** What a machine fetches in order to join. */
export interface AgentDownload {
  bundle(): Promise<{ bytes: Buffer; sha256: string }>
  installScript(): Promise<string>
}

/** Reads each file once, when it is first asked for: a panel without a built agent still starts. */
export function createAgentDownload(
  files: { bundle: string; installScript: string } = {
    bundle: join(installFolder, 'packages/agent/dist/ctrl-alt-play-agent.mjs'),
    installScript: join(installFolder, 'scripts/agent-install.sh')
  }
): AgentDownload {
  let bundle: Promise<{ bytes: Buffer; sha256: string }> | undefined

  async function readBundle() {
    const bytes = await readFile(files.bundle)
    return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
  }

  return {
    async bundle() {
      bundle ??= readBundle()
      try {
        return await bundle
      } catch (err) {
        bundle = undefined
        throw Object.assign(new AgentBundleMissing(), { cause: err })
      }
    },
    async installScript() {
      try {
        return await readFile(files.installScript, 'utf8')
      } catch (err) {
        throw Object.assign(new AgentBundleMissing(), { cause: err })
      }
    }
  }
}
