import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandKind } from '@ctrl-alt-play/protocol'
import type { EngineRecord } from './engine-record.ts'
import type { AgentProcess } from './world.ts'

/** What has happened to a server so far, by what its game, its script and Docker say. */
export interface Effects {
  boots: number
  starts: number
  ends: number
  removals: number
  installs: number
}

export const nothingYet: Effects = { boots: 0, starts: 0, ends: 0, removals: 0, installs: 0 }

export function effectsOn(
  server: { agent: AgentProcess; serverId: string },
  engine: EngineRecord
): Effects {
  const { agent, serverId } = server
  const lines = (file: string, fits: RegExp): number =>
    linesOf(join(agent.dataDir, serverId, file)).filter(line => fits.test(line)).length
  return {
    boots: lines('ledger.txt', /^boot /),
    starts: engine.count(serverId, 'start'),
    ends: engine.count(serverId, 'die'),
    removals: engine.count(serverId, 'destroy'),
    installs: lines('installs.txt', /./)
  }
}

/** How often the act was done, between one look and another. */
export const effectOf: Record<CommandKind, (before: Effects, after: Effects) => number> = {
  start: (before, after) => after.starts - before.starts,
  restart: (before, after) => after.starts - before.starts,
  stop: (before, after) => after.ends - before.ends,
  kill: (before, after) => after.ends - before.ends,
  install: (before, after) => after.installs - before.installs,
  reinstall: (before, after) => after.installs - before.installs,
  delete: (before, after) => after.removals - before.removals
}

/** What there is of a server's container. */
export type Being = 'UP' | 'DOWN' | 'NONE'

/** How often the act is to be done where it succeeds: what is so already needs nothing. */
export function dueFrom(kind: CommandKind, being: Being): number {
  switch (kind) {
    case 'start':
      return being === 'UP' ? 0 : 1
    case 'stop':
    case 'kill':
      return being === 'UP' ? 1 : 0
    case 'delete':
      return being === 'NONE' ? 0 : 1
    case 'restart':
    case 'install':
    case 'reinstall':
      return 1
  }
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean)
  } catch {
    return []
  }
}
