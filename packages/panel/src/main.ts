// First: it holds for what the others take to load.
import './lean-start.ts'
import closeWithGrace from 'close-with-grace'
import type { FastifyBaseLogger } from 'fastify'
import { type Config, loadConfig } from './config.ts'
import { endLeanStart } from './lean-start.ts'
import { createLogger } from './plugins/logger.ts'
import { type RunningPanel, startPanel } from './start-panel.ts'
import { findStarter, type Starter } from './starter.ts'
import { startupProblem } from './startup-problem.ts'
import { createStops } from './stops.ts'
import { version } from './version.ts'

const STOP_MS = 25_000

const starter = findStarter()
const config = await readConfig()
if (config) await runPanel(config, createLogger(config.logLevel))
else process.exit(1)

async function readConfig(): Promise<Config | undefined> {
  try {
    return loadConfig()
  } catch (err) {
    await complain(starter, err instanceof Error ? err.message : String(err))
    return undefined
  }
}

async function runPanel(settings: Config, log: FastifyBaseLogger): Promise<void> {
  const stops = createStops(log)
  const starting = startPanel(settings, log, stops)
  const grace = closeWithGrace({ delay: STOP_MS, logger: log }, async ({ err, signal }) => {
    if (err) log.fatal({ err }, 'the panel ends: nobody foresaw this')
    else log.info({ signal }, 'the panel stops; games run on')
    // What is half started is finished first, so that nothing of it is left behind.
    await starting.catch(() => undefined)
    await stops.run()
    if (err) throw err
  })
  starter?.onGone(() => void grace.close())
  try {
    await announce(await starting)
    endLeanStart()
  } catch (err) {
    const message = startupProblem(err, settings)
    log.debug({ err }, 'the panel did not start')
    await stops.run()
    await complain(starter, message)
    process.exit(1)
  }
}

async function announce({ url, database, admin, localNode }: RunningPanel): Promise<void> {
  if (!starter) return printReady(url, admin)
  if (localNode) {
    starter.answer({
      'local-node-status': { type: 'local-node', give: () => localNode.status() },
      demo: {
        type: 'demo',
        give: ({ imageAvailable }) => localNode.demo(imageAvailable !== false)
      }
    })
  }
  await starter.tell({
    type: 'ready',
    url,
    version,
    database,
    ...(admin && { admin }),
    ...(localNode && { localNode: localNode.description })
  })
}

/** Run by hand: the one-time password is told here, and only here. */
function printReady(url: string, admin: RunningPanel['admin']): void {
  if (admin?.password) {
    process.stdout.write(
      `The administrator ${admin.username} has the one-time password ${admin.password}\n`
    )
  }
  process.stdout.write(`ready ${url}\n`)
}

async function complain(to: Starter | undefined, message: string): Promise<void> {
  process.stderr.write(`${message}\n`)
  await to?.tell({ type: 'failed', message })
}
