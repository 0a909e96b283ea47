import { join } from 'node:path'
import type { Teardown } from '../test/world/world.ts'
import { type Check, check } from './check.ts'
import { type Court, holdTrials, type Trial } from './court.ts'
import type { Judgement } from './finding.ts'
import { operationsOf } from './operations.ts'
import { startRelay } from './relay.ts'
import { runSqlmap } from './sqlmap.ts'
import { runWapiti, valueModules } from './wapiti.ts'
import { startWeakServer, type Weakness, weaknesses, weakSamples } from './weak-server.ts'

const SECONDS = 120

/** A judge that finds nothing wrong where everything is has nothing to say of the panel. */
export async function judgeWeakServer(
  t: Teardown,
  court: Court,
  databaseUrl: string
): Promise<Check[]> {
  const { judges, listener, signal } = court
  const folder = join(court.folder, 'weak')
  const target = await startWeakServer(t, databaseUrl)
  const operations = await operationsOf(target, weakSamples)
  const { url: proxy, seen } = await startRelay(t, {
    ...{ target, operations, alsoAllowed: [listener.url.slice(0, -1)] }
  })
  const headers = {}
  const trials: Trial[] = []
  if (judges.includes('wapiti')) {
    const title = 'wapiti sees what is wrong with the weak server'
    trials.push({
      ...{ title, seconds: SECONDS, verdict: judgement => seesAll(judgement, weaknesses.wapiti) },
      hold: seconds =>
        runWapiti({
          ...{ title, target, pages: undefined, operations, proxy, headers, seconds, signal },
          ...{ listener: listener.url, modules: valueModules, folder: join(folder, 'wapiti') }
        })
    })
  }
  for (const [index, weakness] of weaknesses.sqlmap.entries()) {
    const operation = operations.find(({ name }) => name === weakness.where)
    if (!operation || !judges.includes('sqlmap')) continue
    const title = `sqlmap sees what is wrong with ${weakness.where}`
    trials.push({
      ...{ title, seconds: SECONDS, verdict: judgement => seesAll(judgement, [weakness]) },
      async hold(seconds) {
        const place = join(folder, `sqlmap-${index}`)
        const judgement = await runSqlmap({
          ...{ operation, target, proxy, headers, folder: place, seconds, signal },
          into: 'inputs'
        })
        return { ...judgement, title }
      }
    })
  }
  const checks = await holdTrials(court, trials, 2)
  const { outside } = seen.report()
  return [...checks, check('neither of them wants to leave this machine', outside)]
}

function seesAll({ title, findings, unfinished }: Judgement, wanted: readonly Weakness[]): Check {
  const missed = wanted.filter(
    ({ where, parameter, kind }) =>
      !findings.some(
        finding =>
          finding.where === where &&
          finding.parameter.includes(parameter) &&
          finding.level > 1 &&
          kind.test(finding.kind)
      )
  )
  const reasons = missed.map(({ where, parameter }) => `it does not see ${parameter} of ${where}`)
  const found = findings.map(one => `found: ${one.kind}, ${one.parameter} of ${one.where}`)
  const why = unfinished === undefined ? [] : [unfinished]
  return check(title, reasons.length > 0 ? [...reasons, ...why, ...found] : [])
}
