import type { PanelBody } from '@ctrl-alt-play/protocol'
import type { Logger } from 'pino'
import type { Reconciler } from './reconciler.ts'

/** Takes over what one session says is wanted. */
export interface WantedSync {
  /** Answers true when the whole set has been heard. */
  hear(body: PanelBody<'wanted'>): Promise<boolean>
}

/** Servers that a whole set leaves out are forgotten, unless they came to be known while it was under way. */
export function createWantedSync(
  reconciler: Pick<Reconciler, 'want' | 'wantedServers'>,
  forget: (serverId: string) => Promise<void>,
  log: Logger
): WantedSync {
  let unheard: Set<string> | undefined

  return {
    async hear({ full, last, servers }) {
      if (full) unheard ??= new Set(reconciler.wantedServers().map(({ serverId }) => serverId))
      for (const { serverId } of servers) unheard?.delete(serverId)
      const kept = await Promise.allSettled(servers.map(server => reconciler.want(server)))
      for (const one of kept) {
        if (one.status === 'rejected') log.error({ err: one.reason }, 'wanted state not written')
      }
      if (!full || !last) return false
      for (const serverId of unheard ?? []) await forget(serverId)
      unheard = undefined
      return true
    }
  }
}
