import { setTimeout as sleep } from 'node:timers/promises'
import { environment } from './environment.mjs'
import { problem } from './problem.mjs'
import { describeExit, startService } from './service.mjs'

export const panelScript = 'packages/panel/dist/start.mjs'
/** Long enough for the recovery and the migrations of a large database. */
const readyMs = 180_000

/**
 * Starts the panel. It says over IPC when it listens ({ type: 'ready', … }) or why it does not
 * ({ type: 'failed', message }), and answers questions of the same type.
 */
export function startPanel({ port, host, dataDir, logs }) {
  const service = startService({
    name: 'panel',
    script: panelScript,
    env: {
      ...environment,
      PORT: String(port),
      ...(host ? { HOST: host } : {}),
      DATA_DIR: dataDir,
      LOCAL_NODE: '1'
    },
    logs,
    withChannel: true
  })
  const { channel } = service

  /** The next message that fits; undefined at the deadline, or when the panel ends. */
  function next(fits, timeoutMs) {
    return new Promise(resolve => {
      const done = message => {
        clearTimeout(timer)
        channel.off('message', take)
        resolve(message)
      }
      const take = message => fits(message) && done(message)
      const timer = setTimeout(done, timeoutMs)
      channel.on('message', take)
      service.exited.then(() => done())
    })
  }

  const outcome = next(({ type }) => type === 'ready' || type === 'failed', readyMs)

  return {
    ...service,

    /** The panel's report once it listens; otherwise its own sentence is thrown. */
    async ready() {
      const message = await outcome
      if (message?.type === 'ready') return message
      if (message?.type === 'failed') throw problem(message.message)
      if (service.isRunning())
        throw problem(
          `The panel is not ready after ${readyMs / 1000} s. Its log is in ${logs.folder}.`
        )
      // The last lines may still be on their way through the pipe.
      await sleep(100)
      throw problem(`The panel ${describeExit(await service.exited)}:\n${logs.tail('panel')}`)
    },

    /** One question and its answer; undefined when there is none in time. */
    ask(question, answerType, timeoutMs) {
      if (!channel.connected) return Promise.resolve(undefined)
      const answer = next(({ type }) => type === answerType, timeoutMs)
      channel.send(question, () => {})
      return answer
    }
  }
}
