import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openProfile, startChromium } from '../../test/world/chromium.ts'
import { until } from '../../test/world/until.ts'
import { createWorld, type Teardown } from '../../test/world/world.ts'
import { barePage } from '../bare-page.ts'
import type { Row } from '../row.ts'
import type { Figure } from '../table.ts'

/** A phone of the middle on fast 3G, as Lighthouse simulates it. */
const phone = { latencyMs: 150, bitsPerSecond: 1_600_000, slowdown: 4 }
const RUNS = 5

interface Load {
  paintMs: number
  readyMs: number
}

export const webLoad: Row = {
  name: 'web-load',
  about: 'a first visit by phone: until something is painted, until it can be used',
  async measure(t) {
    const world = await createWorld(t)
    const { browser, island } = await startChromium(t)
    const bare = await barePage(t, '<h1>Hello</h1>')
    for (const { port } of [new URL(world.url), new URL(bare)]) await island.open(Number(port))
    const login = await medianOf(t, browser, { url: `${world.url}/login`, sign: 'form input' })
    const cookie = world.admin.cookie()
    const list = await medianOf(t, browser, { url: world.url, sign: 'h1', cookie })
    const floor = await medianOf(t, browser, { url: bare, sign: 'h1' })
    const yardstick = { name: 'a page of one line', figure: floor.paintMs }
    const figure = (what: string, ours: number, atMost: number): Figure => ({
      ...{ what, unit: 'ms', ours, yardstick },
      target: { of: 'ours', atMost }
    })
    return [
      figure('login, first paint', login.paintMs, 1_000),
      figure('login, its field has the keyboard', login.readyMs, 2_000),
      figure('servers, first paint', list.paintMs, 1_000),
      figure('servers, the list is there', list.readyMs, 2_000)
    ]
  }
}

interface Visit {
  url: string
  /** Once this is there the page can be used. */
  sign: string
  cookie?: string
}

/** Of visits by browsers that were never there before. */
async function medianOf(t: Teardown, browser: Browser, visit: Visit): Promise<Load> {
  const loads: Load[] = []
  for (let run = 0; run < RUNS; run++) {
    const profile = await openProfile(t, browser)
    if (visit.cookie) await giveCookie(profile, visit.url, visit.cookie)
    loads.push(await loadOf(await profile.newPage(), visit))
    await profile.close()
  }
  const middle = (values: number[]) => values.sort((a, b) => a - b)[RUNS >> 1] ?? Number.NaN
  return {
    paintMs: middle(loads.map(({ paintMs }) => paintMs)),
    readyMs: middle(loads.map(({ readyMs }) => readyMs))
  }
}

async function giveCookie(profile: BrowserContext, url: string, cookie: string): Promise<void> {
  const cookies = cookie.split('; ').map(pair => {
    const at = pair.indexOf('=')
    return { url, name: pair.slice(0, at), value: pair.slice(at + 1) }
  })
  await profile.addCookies(cookies)
}

async function loadOf(page: Page, { url, sign }: Visit): Promise<Load> {
  const session = await page.context().newCDPSession(page)
  const bytesPerSecond = phone.bitsPerSecond / 8
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: phone.latencyMs,
    downloadThroughput: bytesPerSecond,
    uploadThroughput: bytesPerSecond / 2
  })
  await session.send('Emulation.setCPUThrottlingRate', { rate: phone.slowdown })
  await page.addInitScript({ content: watchFor(sign) })
  await page.goto(url, { waitUntil: 'commit' })
  const readyMs = await until(
    `${url} can be used`,
    async () => (await page.evaluate<number | undefined>('window.readyMs')) ?? false
  )
  const paintMs = await page.evaluate<number>(
    `performance.getEntriesByName('first-contentful-paint')[0].startTime`
  )
  return { paintMs, readyMs }
}

/** For the page: notes the time at which the sign is there and a frame with it was drawn. */
function watchFor(sign: string): string {
  return `(function look() {
    if (!document.querySelector(${JSON.stringify(sign)})) return requestAnimationFrame(look)
    requestAnimationFrame(() => setTimeout(() => { window.readyMs = performance.now() }))
  })()`
}
