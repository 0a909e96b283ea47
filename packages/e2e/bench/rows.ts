import type { Row } from './row.ts'
import { consoleBurst } from './rows/console-burst.ts'
import { consoleEcho } from './rows/console-echo.ts'
import { consoleFlood } from './rows/console-flood.ts'
import { consoleInput } from './rows/console-input.ts'
import { consoleViewers } from './rows/console-viewers.ts'
import { heartbeats } from './rows/heartbeats.ts'
import { idleMemory } from './rows/idle-memory.ts'
import { logInsert } from './rows/log-insert.ts'
import { manyGames } from './rows/many-games.ts'
import { oneHung } from './rows/one-hung.ts'
import { panelKilled } from './rows/panel-killed.ts'
import { panelStart } from './rows/panel-start.ts'
import { power } from './rows/power.ts'
import { readServers } from './rows/read-servers.ts'
import { webLoad } from './rows/web-load.ts'
import { webScroll } from './rows/web-scroll.ts'

/** In the order of the table. */
export const rows: Row[] = [
  consoleInput,
  power,
  readServers,
  consoleBurst,
  consoleViewers,
  consoleFlood,
  consoleEcho,
  manyGames,
  idleMemory,
  panelStart,
  logInsert,
  heartbeats,
  panelKilled,
  oneHung,
  webLoad,
  webScroll
]
