import { join } from 'node:path'
import axe from 'axe-core'
import type { BrowserContext, Page } from 'playwright-core'
import type { Test } from 'tap'
import type { Json } from './api.ts'
import { openProfile, type startChromium } from './chromium.ts'
import { picturesFolder } from './config.ts'
import { untilServer } from './servers.ts'
import type { World } from './world.ts'

export const PHONE = { width: 375, height: 700 }

export type Viewport = typeof PHONE

export interface Visit {
  page: Page
  context: BrowserContext
  /** Pages that broke, or broke the policy; to be looked at when all is done. */
  complaints: string[]
}

type Chromium = Awaited<ReturnType<typeof startChromium>>

export interface Who {
  username: string
  password: string
}

/** A page of the panel, with somebody logged in where named. */
export async function visit(
  t: Test,
  { chromium, world }: { chromium: Chromium; world: World },
  who?: Who,
  viewport: Viewport = { width: 1_200, height: 800 }
): Promise<Visit> {
  const context = await openProfile(t, chromium.browser)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const page = await context.newPage()
  await page.setViewportSize(viewport)
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(String(error)))
  page.on('console', message => {
    if (/Content Security Policy/.test(message.text())) complaints.push(message.text())
  })
  if (who) {
    await page.goto(world.url)
    await page.getByLabel('Username or e-mail').fill(who.username)
    await passwordOf(page).fill(who.password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Servers' }).waitFor()
  }
  return { page, context, complaints }
}

/** As whoever cannot see the page, or has a small one, would judge it. */
export async function accept(t: Test, page: Page, name: string): Promise<void> {
  await page.evaluate(axe.source)
  const { violations } = (await page.evaluate(
    // Texts fade in and out, and a rule that looks at colours would see half of it; spinners go on.
    `for (const one of document.getAnimations()) {
      if (one.effect.getComputedTiming().endTime !== Infinity) one.finish()
    }
    axe.run()`
  )) as Json
  t.same(
    violations.map(({ id, nodes }: Json) => [id, nodes.map(({ html }: Json) => html)]),
    [],
    `${name}: axe has nothing to say`
  )
  const over = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
  t.ok(Number(over) <= 0, `${name}: nothing sticks out`)
  if (picturesFolder) await takePictures(page, name)
}

/** As it is, on a phone, and dark. */
async function takePictures(page: Page, name: string): Promise<void> {
  const size = page.viewportSize() ?? PHONE
  const file = (kind: string) =>
    join(`${picturesFolder}`, `${name.replaceAll(/\W+/g, '-')}-${kind}.png`)
  await page.screenshot({ path: file('light'), fullPage: true })
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: file('dark'), fullPage: true })
  await page.setViewportSize(PHONE)
  await page.screenshot({ path: file('phone'), fullPage: true })
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(size)
}

export function countBytes(page: Page): () => number {
  let bytes = 0
  page.on('response', response => {
    bytes += Number(response.headers()['content-length'] ?? 0)
  })
  return () => bytes
}

/** All that the terminal holds, as somebody would take it along. */
export async function outputOf(page: Page): Promise<string> {
  await page.getByRole('region', { name: 'Output of the game' }).getByLabel(/^Cop/).click()
  return String(await page.evaluate('navigator.clipboard.readText()'))
}

export const passwordOf = (page: Page) => page.locator('[autocomplete=current-password]')

export async function typeLine(page: Page, line: string): Promise<void> {
  await page.getByLabel('Type a command').fill(line)
  await page.keyboard.press('Enter')
}

export function stateOf(place: Pick<Page, 'locator'>, words: string) {
  return place.locator('.state', { hasText: words })
}

export async function gone(
  t: Test,
  page: Page,
  role: 'button' | 'link' | 'checkbox',
  name: RegExp
): Promise<void> {
  t.equal(await page.getByRole(role, { name }).count(), 0, `no ${role} ${name}`)
}

export async function startAndWait({ admin }: World, serverId: string): Promise<void> {
  await admin.post(`/api/v1/servers/${serverId}/power`, { action: 'start' }, { prefer: 'wait=60' })
  await untilServer(admin, serverId, ({ status }) => status === 'RUNNING')
}

export async function put({ admin }: World, path: string, body: object): Promise<void> {
  const { status, body: said } = await admin.request('PUT', path, body)
  if (status !== 200) throw new Error(`PUT ${path}: ${status} ${JSON.stringify(said)}`)
}
