import type { Row } from './row.ts'
import { consoleInput } from './rows/console-input.ts'
import { heartbeats } from './rows/heartbeats.ts'
import { idleMemory } from './rows/idle-memory.ts'
import { oneHung } from './rows/one-hung.ts'
import { panelKilled } from './rows/panel-killed.ts'
import { panelStart } from './rows/panel-start.ts'
import { power } from './rows/power.ts'
import { readServers } from './rows/read-servers.ts'

/** In the order of the table. */
export const rows: Row[] = [
  consoleInput,
  power,
  readServers,
  idleMemory,
  panelStart,
  heartbeats,
  panelKilled,
  oneHung
]
