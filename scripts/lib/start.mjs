import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { build } from './build-steps.mjs'
import { ownDataDir } from './data-dir-owner.mjs'
import { ensureDockerEngine } from './docker-engine.mjs'
import { setting } from './environment.mjs'
import { ensureImage, images } from './images.mjs'
import { endLeftDatabase } from './left-database.mjs'
import { agentScript, keepAgentRunning, registerLocalAgent } from './local-agent.mjs'
import { localPanel, pointAgentAt } from './local-panel.mjs'
import { createLogs } from './log-files.mjs'
import { panelScript, startPanel } from './panel.mjs'
import { checkDataDir, checkPort } from './preflight.mjs'
import { problem } from './problem.mjs'
import { until } from './processes.mjs'
import { createProgress } from './progress.mjs'
import { restartOnChange } from './restart-on-change.mjs'
import { describeExit } from './service.mjs'
import { readStartOptions, startHelp } from './start-options.mjs'
import { watchStopSignals } from './stop-signals.mjs'
import { summary } from './summary.mjs'

const agentGraceMs = 10_000
const panelGraceMs = 30_000
const nodeOnlineMs = 20_000
const demoMs = 30_000
/** What a shell reports for a program that Ctrl-C ended before it was done. */
const interruptedCode = 130

/** The whole of `npm start`; returns the exit code. */
export async function start() {
  const options = readStartOptions()
  const { say, step } = createProgress()
  if (options.help) {
    process.stdout.write(startHelp)
    return 0
  }
  const parts = {}
  const signal = watchStopSignals({
    onFirst: () =>
      say('\nStopping panel, agent and database; games run on. Once more ends them at once.'),
    onForce() {
      parts.agent?.kill()
      parts.panel?.kill()
      process.exit(1)
    }
  })
  const context = { ...options, say, step, signal }
  try {
    await run(context, parts)
    return 0
  } catch (error) {
    if (signal.aborted) return interruptedCode
    throw error
  } finally {
    await stop(parts, options.dataDir)
  }
}

async function run(context, parts) {
  const { dataDir, port, host, signal, say } = context
  await checkDataDir(dataDir)
  parts.owner = await ownDataDir(dataDir, context)
  await checkPort(port, host ?? (setting('PUBLIC_URL') ? '0.0.0.0' : '127.0.0.1'))
  await build(context)
  const engine = await ensureDockerEngine(context)
  if (engine.reason) say(engine.reason)
  const demoObstacle = engine.docker
    ? await ensureImage(engine.docker, images.teeworlds, context)
    : 'there is no Docker engine here'
  signal.throwIfAborted()

  const logs = createLogs(join(dataDir, 'logs'), { show: context.verbose || context.dev })
  parts.logs = logs
  const report = await context.step('Starting the panel', () => startThePanel(context, parts, logs))
  const node = await context.step('Connecting this machine as a node', () =>
    connectLocalNode({ context, parts, logs, report })
  )
  const demo = await prepareDemo(parts.panel, demoObstacle)
  signal.throwIfAborted()
  if (!parts.panel.isRunning()) throw await panelIsGone(context, parts)

  say(summary({ ...report, node, demo, dataDir, logsFolder: logs.folder }))
  if (process.stdout.isTTY) logs.show()
  await untilTheEnd(context, parts)
}

async function startThePanel(context, parts, logs) {
  parts.panel = startPanel({ ...context, logs })
  parts.owner.note('panel', parts.panel.pid, panelScript)
  return parts.panel.ready()
}

/** Enrols the agent when that is still to be done, runs it, and waits until the panel sees it. */
async function connectLocalNode({ context, parts, logs, report }) {
  const { signal, say } = context
  const folders = {
    stateDir: join(context.dataDir, 'agent'),
    dataDir: join(context.dataDir, 'servers')
  }
  const { name, enrollment } = report.localNode
  const panel = localPanel(report.url)
  if (enrollment) {
    const obstacle = await registerLocalAgent({ panel, enrollment, ...folders, signal })
    if (obstacle) return { name, problem: `it could not be enrolled: ${obstacle}` }
  } else await pointAgentAt({ ...folders, panel })
  parts.agent = keepAgentRunning({
    ...folders,
    logs,
    onStart: service => parts.owner.note('agent', service.pid, agentScript),
    onDeath: say
  })
  return { name, ...(await waitForNode(parts.panel, signal)) }
}

/** What the panel knows of the local node, once it is online and has told of its Docker. */
async function waitForNode(panel, signal) {
  const seen = {}
  const isKnown = async () => {
    const answer = await panel.ask({ type: 'local-node-status' }, 'local-node', 5000)
    Object.assign(seen, answer)
    const hasTold = seen.status === 'ONLINE' && (seen.docker || seen.problem)
    return hasTold || !panel.isRunning()
  }
  await until(isKnown, { timeoutMs: nodeOnlineMs, everyMs: 150, signal })
  return seen
}

/** The demo server's line of the summary. */
async function prepareDemo(panel, obstacle) {
  const answer = await panel.ask({ type: 'demo', imageAvailable: !obstacle }, 'demo', demoMs)
  if (answer?.server) return `${answer.server.name} (${answer.server.status.toLowerCase()})`
  if (obstacle) return `none: ${obstacle}`
  return answer?.reason ? `none: ${answer.reason}` : undefined
}

/** Until somebody wants to stop, or the panel is gone. */
async function untilTheEnd(context, parts) {
  const wish = context.signal.aborted ? Promise.resolve() : once(context.signal, 'abort')
  if (context.dev) return restartOnChange(context, parts, wish)
  const exit = await Promise.race([wish.then(() => undefined), parts.panel.exited])
  if (!context.signal.aborted && exit) throw await panelIsGone(context, parts)
}

async function panelIsGone({ dataDir }, { panel }) {
  // Its last lines may still be on their way through the pipe.
  await sleep(100)
  const how = describeExit(await panel.exited)
  return problem(
    `The panel ${how}, so the agent is stopped too. Games run on. Its log is in ${join(dataDir, 'logs')}.`
  )
}

/** Agent first, so that it says goodbye; then the panel, which ends its database. */
async function stop({ agent, panel, owner }, dataDir) {
  await agent?.stop(agentGraceMs)
  await panel?.stop(panelGraceMs)
  if (panel) await endLeftDatabase(dataDir)
  await owner?.release()
}
