import { setTimeout as pause } from 'node:timers/promises'
import { type Fault, pick, type Random, type Stage, someMs } from './fault.ts'
import { freeze } from './process-faults.ts'

export function killPostgres({ postgres }: Stage): Fault {
  return { says: 'kill -9 of PostgreSQL', happen: postgres.kill9 }
}

export function freezePostgres({ postgres }: Stage, random: Random): Fault {
  const ms = someMs(random)
  return {
    says: `PostgreSQL stands still for ${ms} ms`,
    happen: async () => freeze(await postgres.pids(), ms)
  }
}

const tables = ['Node', 'Node', 'Server', 'Command', 'Session'] as const

/** As a migration, a backup or somebody with psql would. */
export function lockTable({ postgres }: Stage, random: Random): Fault {
  const table = pick(tables, random) ?? 'Node'
  const ms = someMs(random)
  return {
    says: `somebody locks the table ${table} for ${ms} ms`,
    async happen() {
      const unlock = await postgres.lock(table)
      await pause(ms)
      await unlock()
    }
  }
}

export function cutConnections({ postgres }: Stage, random: Random): Fault {
  const times = 3 + Math.floor(random() * 10)
  return {
    says: `all connections to PostgreSQL are cut, ${times} times`,
    async happen() {
      for (let time = 0; time < times; time++) {
        await postgres.cutConnections()
        await pause(400)
      }
    }
  }
}

export function forbidWrites({ postgres }: Stage, random: Random): Fault {
  const ms = someMs(random)
  return {
    says: `PostgreSQL takes no writes for ${ms} ms`,
    async happen() {
      await postgres.setReadOnly(true)
      await pause(ms)
      await postgres.setReadOnly(false)
    }
  }
}

export function fillPostgres({ postgres }: Stage, random: Random): Fault {
  const ms = someMs(random)
  return {
    says: `PostgreSQL has no room on its disk for ${ms} ms`,
    async happen() {
      await postgres.fillDisk()
      await pause(ms)
      await postgres.freeDisk()
    }
  }
}
