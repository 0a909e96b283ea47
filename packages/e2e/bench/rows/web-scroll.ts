import type { Browser, Page } from 'playwright-core'
import { insertNodes, insertServers } from '../../fleet/bulk-nodes.ts'
import { fleetAlt, makeNode } from '../../fleet/nodes.ts'
import { openProfile, startChromium } from '../../test/world/chromium.ts'
import { createWorld, PASSWORD, type Teardown, type World } from '../../test/world/world.ts'
import { barePage } from '../bare-page.ts'
import type { Row } from '../row.ts'
import type { Figure } from '../table.ts'

const NODES = 100
const SERVERS_ON_EACH = 10
const WHEEL_TURNS = 120
const WHEEL_PX = 600
/** A pass of tracing costs some itself: what a page does by itself shows in most of them. */
const RUNS = 3

export const webScroll: Row = {
  name: 'web-scroll',
  about: '1,000 servers on 100 nodes, scrolled and filtered in a browser: its longest frame',
  async measure(t) {
    const world = await createCrowd(t)
    const { browser, island } = await startChromium(t)
    const lines = Array.from({ length: 1_000 }, (_, n) => `<p style="height:60px">Line ${n}</p>`)
    const bare = await barePage(t, lines.join(''))
    for (const { port } of [new URL(world.url), new URL(bare)]) await island.open(Number(port))
    const profile = await openProfile(t, browser)
    const page = await profile.newPage()
    await page.goto(`${world.url}/login`)
    await page.getByLabel('Username or e-mail').fill('admin')
    await page.locator('input[type=password]').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.locator('.server-row').first().waitFor()
    const scrolled = await longestOf(browser, page, () => scroll(page))
    await page.goto(world.url)
    await page.locator('.server-row').first().waitFor()
    const filtered = await longestOf(browser, page, () => filter(page))
    await page.goto(`${world.url}/nodes`)
    await page.getByText('crowd 2', { exact: true }).waitFor()
    const nodes = await longestOf(browser, page, () => scroll(page))
    await page.goto(bare)
    const plain = await longestOf(browser, page, () => scroll(page))
    const figure = (what: string, ours: number): Figure => ({
      ...{ what, unit: 'ms', ours },
      yardstick: { name: 'a plain list of 1,000 lines, scrolled', figure: plain },
      target: { of: 'ours', atMost: 50 }
    })
    return [
      figure('1,000 servers scrolled, longest task', scrolled),
      figure('1,000 servers filtered as one types, longest task', filtered),
      figure('100 nodes scrolled, longest task', nodes)
    ]
  }
}

async function createCrowd(t: Teardown): Promise<World> {
  const world = await createWorld(t)
  const { admin, url, database } = world
  const databaseUrl = database.url
  const model = await makeNode(admin, url, 'crowd 1')
  const names = Array.from({ length: NODES - 1 }, (_, index) => `crowd ${index + 2}`)
  const nodes = [model, ...(await insertNodes({ databaseUrl, model, names }))]
  const { user } = await admin.get('/api/v1/auth/me')
  await insertServers({
    ...{ databaseUrl, nodeIds: nodes.map(node => node.nodeId), perNode: SERVERS_ON_EACH },
    ...{ altId: (await fleetAlt(admin)).id, ownerId: user.id, running: false }
  })
  return world
}

async function scroll(page: Page): Promise<void> {
  await page.mouse.move(400, 400)
  for (let turn = 0; turn < WHEEL_TURNS; turn++) {
    await page.mouse.wheel(0, turn < WHEEL_TURNS * 0.75 ? WHEEL_PX : -4 * WHEEL_PX)
    await page.evaluate('new Promise(requestAnimationFrame)')
  }
}

async function filter(page: Page): Promise<void> {
  const field = page.getByRole('searchbox')
  for (const text of ['simulated', '', 'nothing', 'Simulated 2']) {
    await field.fill('')
    await field.pressSequentially(text, { delay: 20 })
    await page.waitForLoadState('networkidle')
  }
}

interface TraceEvent {
  name: string
  ph: string
  pid: number
  tid: number
  dur?: number
  args?: { name?: string }
}

/** The longest task of the page's main thread, in ms: a frame cannot be drawn before its end. The median of some passes. */
async function longestOf(browser: Browser, page: Page, work: () => Promise<void>): Promise<number> {
  const longest: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const categories = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline']
    await browser.startTracing(page, { categories })
    await work()
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
      traceEvents: TraceEvent[]
    }
    longest.push(longestTask(traceEvents))
  }
  return longest.sort((a, b) => a - b)[RUNS >> 1] ?? Number.NaN
}

function longestTask(events: TraceEvent[]): number {
  const mains = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}/${tid}`)
  )
  const tasks = events.filter(
    ({ name, ph, pid, tid }) => ph === 'X' && /RunTask$/.test(name) && mains.has(`${pid}/${tid}`)
  )
  if (tasks.length === 0) throw new Error('the trace holds no task of the page')
  return Math.max(...tasks.map(({ dur = 0 }) => dur)) / 1_000
}
