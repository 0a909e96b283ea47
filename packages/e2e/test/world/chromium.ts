import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Frame, type Page } from 'playwright-core'
import type { Json } from './api.ts'
import { environment } from './config.ts'
import { createIsland, type Island } from './island.ts'
import type { Teardown } from './world.ts'

const actsFile = new URL('acts.js', import.meta.url)

/** A real Chromium on an island, for which every name below .test is this machine. */
export async function startChromium(t: Teardown): Promise<{ browser: Browser; island: Island }> {
  const program = environment.TEST_CHROMIUM
  if (!program) throw new Error('TEST_CHROMIUM is not set: run the tests by "npm test"')
  const folder = await mkdtemp(join(tmpdir(), 'cap-chromium-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const island = await createIsland(t)
  const executablePath = join(folder, 'chromium')
  const script = `#!/bin/sh\nexec ${island.inside(program).join(' ')} "$@"\n`
  await writeFile(executablePath, script, { mode: 0o755 })
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-features=HttpsUpgrades',
      '--host-resolver-rules=MAP *.test 127.0.0.1'
    ]
  })
  t.teardown(() => browser.close())
  return { browser, island }
}

/** Somebody at the browser: with cookies of their own. */
export async function openProfile(t: Teardown, browser: Browser): Promise<BrowserContext> {
  // The certificate is the test's own.
  const profile = await browser.newContext({ ignoreHTTPSErrors: true })
  t.teardown(() => profile.close())
  return profile
}

export const readActs = (): Promise<string> => readFile(actsFile, 'utf8')

/** Gives a page that is not hostile the same acts. */
export async function teachActs(page: Page): Promise<void> {
  await page.evaluate(await readActs())
}

/** Does one of the acts as that page, or that frame, would. */
export function act(place: Page | Frame, name: string, ...args: unknown[]): Promise<Json> {
  return place.evaluate(`acts[${JSON.stringify(name)}](...${JSON.stringify(args)})`)
}
