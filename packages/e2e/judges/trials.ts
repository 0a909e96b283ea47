import { join } from 'node:path'
import { type Check, check, skipped } from './check.ts'
import type { Court, Trial } from './court.ts'
import { type Finding, type Judgement, OUT_OF_TIME } from './finding.ts'
import type { Operation } from './operations.ts'
import type { Party } from './parties.ts'
import { runSqlmap } from './sqlmap.ts'
import { pageModules, runWapiti, valueModules } from './wapiti.ts'

const WAPITI_SECONDS = 700
const SQLMAP_SECONDS = 150
const LOWEST_LEVEL = 1

/** Of a login the headers are kept, of an act its key. */
const withHeaders = [
  ...['POST /api/v1/auth/login', 'POST /api/v1/ctrls', 'GET /api/v1/auth/sessions']
]

interface Attacked {
  party: Party
  target: string
  folder: string
}

/** The long ones first, so that the short ones fill what is left of the time. */
export function trialsOf(court: Court, parties: Party[], target: string): Trial[] {
  const attacked = parties.map((party, index) => ({
    ...{ party, target, folder: join(court.folder, `party-${index}`) }
  }))
  const wapiti = court.judges.includes('wapiti') ? attacked : []
  const sqlmap = court.judges.includes('sqlmap') ? attacked : []
  return [
    ...wapiti.flatMap(one => wapitiTrials(court, one)),
    ...sqlmap.flatMap(one => sqlmapTrials(court, one))
  ]
}

function wapitiTrials(court: Court, { party, target, folder }: Attacked): Trial[] {
  const { isQuick, listener, signal } = court
  const { actor, operations, pages, relay } = party
  const trial = (title: string, place: string, gets?: Operation[]): Trial => ({
    ...{ title, seconds: WAPITI_SECONDS, verdict },
    hold: seconds =>
      runWapiti({
        ...{ title, target, operations, seconds, signal, proxy: relay.url },
        ...{ headers: actor.headers, listener: listener.url, folder: join(folder, place) },
        ...{ pages: gets, modules: gets ? pageModules : valueModules }
      })
  })
  const forms = trial(`wapiti: operations as ${actor.name}`, 'wapiti-forms')
  if (isQuick || pages.length === 0) return [forms]
  return [forms, trial(`wapiti: pages as ${actor.name}`, 'wapiti-pages', pages)]
}

function sqlmapTrials(court: Court, { party, target, folder }: Attacked): Trial[] {
  const { signal, isQuick } = court
  const { actor, operations, relay } = party
  const trial = (operation: Operation, into: 'inputs' | 'headers', place: string): Trial => {
    const about = into === 'inputs' ? operation.name : `headers of ${operation.name}`
    const title = `sqlmap: ${about} as ${actor.name}`
    return {
      ...{ title, seconds: SQLMAP_SECONDS, verdict },
      async hold(seconds) {
        const judgement = await runSqlmap({
          ...{ operation, into, target, proxy: relay.url, headers: actor.headers },
          ...{ seconds, signal, folder: join(folder, `sqlmap-${place}`) }
        })
        return { ...judgement, title }
      }
    }
  }
  const headed = operations.filter(({ name }) => withHeaders.includes(name) && !isQuick)
  // A user's acts are the administrator's; what a user is shown is looked for in another way.
  const taking = operations.filter(
    ({ inputs, method }) => inputs.length > 0 && (actor.role === 'ADMIN' || method === 'GET')
  )
  return [
    ...headed.map((operation, index) => trial(operation, 'headers', `headers-${index}`)),
    ...taking.map((operation, index) => trial(operation, 'inputs', String(index).padStart(3, '0')))
  ]
}

function verdict({ title, findings, unfinished }: Judgement): Check {
  const isBad = ({ level }: Finding) => level > LOWEST_LEVEL
  const bad = findings.filter(isBad).map(wordsOf)
  const remarks = findings.filter(one => !isBad(one)).map(wordsOf)
  if (bad.length > 0) return check(title, bad, remarks)
  if (unfinished === OUT_OF_TIME) return skipped(title, unfinished)
  return check(title, unfinished === undefined ? [] : [unfinished], remarks)
}

function wordsOf({ kind, level, where, parameter, info }: Finding): string {
  const place = parameter === '' ? where : `${parameter} of ${where}`
  return `${kind} (level ${level}) at ${place}: ${info}`
}
