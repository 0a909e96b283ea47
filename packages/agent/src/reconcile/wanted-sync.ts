import type { PanelBody } from '@ctrl-alt-play/protocol'
import type { Reconciler } from './reconciler.ts'

/** Takes over what one session says is wanted. */
export interface WantedSync {
  /** Answers true when the whole set has been heard. */
  hear(body: PanelBody<'wanted'>): Promise<boolean>
}

/** Servers that a whole set leaves out are forgotten, unless they came to be known while it was under way. */
export function createWantedSync(
  reconciler: Pick<Reconciler, 'wish' | 'wantedServers'>,
  forget: (serverId: string) => Promise<void>
): WantedSync {
  let unheard: Set<string> | undefined

  return {
    async hear({ full, last, servers }) {
      if (full) unheard ??= new Set(reconciler.wantedServers())
      for (const { serverId } of servers) unheard?.delete(serverId)
      await Promise.all(servers.map(reconciler.wish))
      if (!full || !last) return false
      for (const serverId of unheard ?? []) await forget(serverId)
      unheard = undefined
      return true
    }
  }
}
