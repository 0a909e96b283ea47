import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { environment, root } from './environment.mjs'
import { tlsAdvice } from './local-panel.mjs'
import { runFreely } from './run.mjs'
import { describeExit, startService } from './service.mjs'

export const agentScript = 'packages/agent/dist/ctrl-alt-play-agent.mjs'
const firstDelayMs = 500
const lastDelayMs = 30_000
/** One that ran this long was well: the back-off begins anew. */
const wellMs = 60_000

/** The panel's secrets are none of the agent's business. */
const secretsOfPanel = {
  DATABASE_URL: undefined,
  PGPASSWORD: undefined,
  SESSION_SECRET: undefined,
  ADMIN_PASSWORD: undefined,
  METRICS_TOKEN: undefined,
  SMTP_URL: undefined,
  ENCRYPTION_KEYS_FILE: undefined
}

/**
 * Enrols this machine as the local node; returns undefined or the reason why it did not work. The
 * panel offers it only when it knows no agent here, so what an earlier panel left is forgotten first.
 */
export async function registerLocalAgent({ panel, enrollment, stateDir, dataDir, signal }) {
  const agent = (command, args, env) =>
    runFreely(
      process.execPath,
      [join(root, agentScript), command, '--state-dir', stateDir, '--json', ...args],
      { env: { ...secretsOfPanel, ...env }, timeoutMs: 60_000, signal }
    )
  const isUsed = (await readdir(stateDir).catch(() => [])).length > 0
  if (isUsed) await agent('unregister', ['--yes'])
  const where = ['--panel', panel.url, ...(panel.insecure ? ['--insecure'] : [])]
  const { code, output } = await agent(
    'register',
    [...where, '--panel-key', enrollment.panelKey, '--data-dir', dataDir],
    { CAP_ENROLLMENT_TOKEN: enrollment.token }
  )
  if (code === 0) return undefined
  const reason = output.trim().split('\n').at(-1)
  return panel.isTls ? `${reason} ${tlsAdvice}` : reason
}

/** Keeps the local agent running until it is stopped: one that dies is started again, ever later. */
export function keepAgentRunning({ stateDir, dataDir, logs, onStart, onDeath }) {
  const stopped = new AbortController()
  const state = { service: undefined }

  const start = () =>
    startService({
      name: 'agent',
      script: agentScript,
      args: ['run', '--state-dir', stateDir, '--data-dir', dataDir],
      env: { ...environment, ...secretsOfPanel },
      logs
    })

  async function keep() {
    for (let delayMs = firstDelayMs; !stopped.signal.aborted; ) {
      const since = Date.now()
      state.service = start()
      onStart(state.service)
      const exit = await state.service.exited
      if (stopped.signal.aborted) return
      if (state.isRestarting) {
        state.isRestarting = false
        continue
      }
      if (Date.now() - since > wellMs) delayMs = firstDelayMs
      onDeath(`The agent ${describeExit(exit)}; it is started again in ${delayMs / 1000} s.`)
      await sleep(delayMs, undefined, { signal: stopped.signal }).catch(() => {})
      delayMs = Math.min(delayMs * 2, lastDelayMs)
    }
  }
  const ended = keep()

  return {
    async stop(graceMs) {
      stopped.abort()
      await state.service?.stop(graceMs)
      await ended
    },
    async restart() {
      state.isRestarting = state.service?.isRunning() ?? false
      await state.service?.stop(10_000)
    },
    kill() {
      stopped.abort()
      state.service?.kill()
    }
  }
}
