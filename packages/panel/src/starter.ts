import type { EventEmitter } from 'node:events'

/** The program that started the panel and talks with it over IPC, as scripts/start.mjs does. */
export interface Starter {
  tell(message: { type: string } & Record<string, unknown>): Promise<void>
  /** Answers questions by their type; what is not known is left alone. */
  answer(answers: Record<string, Answering>): void
  /** It went away without saying so. */
  onGone(gone: () => void): void
}

interface Answering {
  /** The type of the answer. */
  type: string
  give: (question: Record<string, unknown>) => Promise<object>
}

type Channel = EventEmitter & Pick<NodeJS.Process, 'send' | 'connected'>

/** Undefined when nobody listens. */
export function findStarter(channel: Channel = process): Starter | undefined {
  if (!channel.send) return undefined
  return {
    tell(message) {
      return new Promise(resolve => {
        // A starter that is gone hears nothing, and needs nothing.
        if (!channel.connected) return resolve()
        channel.send?.(message, () => resolve())
      })
    },
    answer(answers) {
      channel.on('message', (question: unknown) => {
        if (typeof question !== 'object' || question === null || !('type' in question)) return
        const answering = answers[String(question.type)]
        if (!answering) return
        const { type, give } = answering
        give({ ...question })
          .catch((err: unknown) => ({ reason: err instanceof Error ? err.message : String(err) }))
          .then(answer => channel.connected && channel.send?.({ type, ...answer }))
          .catch(() => undefined)
      })
    },
    onGone: gone => void channel.once('disconnect', gone)
  }
}
