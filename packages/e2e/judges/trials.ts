import { join } from 'node:path'
import { type Check, check, skipped } from './check.ts'
import type { Court, Trial } from './court.ts'
import type { Judgement } from './finding.ts'
import type { Operation } from './operations.ts'
import type { Party } from './parties.ts'
import { runSqlmap } from './sqlmap.ts'
import { pageModules, runWapiti, valueModules } from './wapiti.ts'

const WAPITI_SECONDS = 700
const SQLMAP_SECONDS = 150
const LOWEST_LEVEL = 1

/** What a short look takes. */
const few = [
  ...['GET /api/v1/servers', 'GET /api/v1/users/{id}', 'POST /api/v1/roles'],
  ...['PATCH /api/v1/servers/{id}', 'POST /api/v1/servers/{id}/console']
]

interface Attacked {
  party: Party
  target: string
  folder: string
}

/** The long ones first, so that the short ones fill what is left of the time. */
export function trialsOf(court: Court, attacked: Attacked): Trial[] {
  return [...wapitiTrials(court, attacked), ...sqlmapTrials(court, attacked)]
}

function wapitiTrials(court: Court, { party, target, folder }: Attacked): Trial[] {
  const { judges, isQuick, listener, signal } = court
  const { actor, operations, relay } = party
  if (!judges.includes('wapiti')) return []
  const trial = (title: string, place: string, gets?: Operation[]): Trial => ({
    ...{ title, seconds: WAPITI_SECONDS, verdict },
    hold: seconds =>
      runWapiti({
        ...{ title, target, operations, seconds, signal, proxy: relay.url },
        ...{ headers: actor.headers, listener: listener.url, folder: join(folder, place) },
        pages: gets,
        modules: gets ? pageModules : valueModules
      })
  })
  const forms = trial(`wapiti: operations as ${actor.name}`, 'wapiti-forms')
  if (isQuick) return [forms]
  const pages = operations.filter(({ method }) => method === 'GET')
  return [forms, trial(`wapiti: pages as ${actor.name}`, 'wapiti-pages', pages)]
}

function sqlmapTrials(court: Court, { party, target, folder }: Attacked): Trial[] {
  const { judges, isQuick, signal } = court
  const { actor, operations, relay } = party
  if (!judges.includes('sqlmap')) return []
  const attacked = operations.filter(
    ({ name, inputs }) => inputs.length > 0 && (!isQuick || few.includes(name))
  )
  return attacked.map((operation, index): Trial => {
    const title = `sqlmap: ${operation.name} as ${actor.name}`
    return {
      ...{ title, seconds: SQLMAP_SECONDS, verdict },
      async hold(seconds) {
        const judgement = await runSqlmap({
          ...{ operation, target, proxy: relay.url, headers: actor.headers, seconds, signal },
          folder: join(folder, `sqlmap-${String(index).padStart(3, '0')}`)
        })
        return { ...judgement, title }
      }
    }
  })
}

function verdict({ title, findings, unfinished }: Judgement): Check {
  const bad = findings.filter(({ level }) => level > LOWEST_LEVEL)
  const told = bad.map(
    one => `${one.kind} (level ${one.level}): ${one.where}, ${one.parameter}: ${one.info}`
  )
  if (told.length > 0) return check(title, told)
  if (unfinished === 'its time was over') return skipped(title, unfinished)
  return check(title, unfinished === undefined ? [] : [unfinished])
}
