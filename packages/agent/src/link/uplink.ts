import type { AgentBody, AgentMessage } from '@ctrl-alt-play/protocol'

/** The way to the panel. False: there is no session, or it takes no more; nothing was sent. */
export type Uplink = <K extends AgentMessage['type']>(type: K, body: AgentBody<K>) => boolean
