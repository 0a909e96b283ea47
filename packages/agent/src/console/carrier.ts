import type { ConsoleFrame } from '@ctrl-alt-play/protocol'

/** Carries consoles to the panel, as much of them as the road takes. */
export interface Carrier {
  /** So many bytes of lines may be sent now; 0: what is under way has to arrive first. */
  room(): number
  /** False when it cannot be sent now; nothing was sent. */
  send(frame: ConsoleFrame): boolean
}
