import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setting } from './environment.mjs'

/**
 * Where the local agent reaches the panel, which says `ownUrl` of itself. Its certificate is seldom
 * for an address such as 127.0.0.1, so with TLS PUBLIC_URL goes first. Without TLS it is this
 * machine's own address: what is sent there stays here.
 */
export function localPanel(ownUrl) {
  const isTls = ownUrl.startsWith('https:')
  const url = new URL((isTls && setting('PUBLIC_URL')) || ownUrl)
  return { url: url.href, insecure: url.protocol === 'http:', isTls }
}

/** What to do when the agent cannot speak with a panel that has its own certificate. */
export const tlsAdvice =
  'The panel speaks HTTPS itself: set PUBLIC_URL to the https:// address that its certificate is for ' +
  '(and NODE_EXTRA_CA_CERTS to the file of your own certificate authority, if you have one), then start again.'

/** The panel may listen elsewhere than when the agent was enrolled. It must prove the same key. */
export async function pointAgentAt({ stateDir, panel }) {
  const path = join(stateDir, 'credentials.json')
  const credentials = await readJson(path)
  if (!credentials) return
  const { url: panelUrl, insecure } = panel
  if (credentials.panelUrl === panelUrl && credentials.insecure === insecure) return
  const text = JSON.stringify({ ...credentials, panelUrl, insecure }, null, 2)
  await writeFile(`${path}.tmp`, text, { mode: 0o600 })
  await rename(`${path}.tmp`, path)
}

/** Undefined when it is missing or damaged: the agent says so itself. */
async function readJson(path) {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}
