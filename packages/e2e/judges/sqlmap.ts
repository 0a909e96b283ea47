import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding, Judgement } from './finding.ts'
import { runJudge } from './judge-process.ts'
import { type Operation, requestOf } from './operations.ts'

export interface SqlmapRun {
  operation: Operation
  target: string
  proxy: string
  /** Those with a star are attacked as well. */
  headers: Record<string, string>
  folder: string
  seconds: number
  signal: AbortSignal
}

const CLEAN = 'all tested parameters do not appear to be injectable'

/** Each input of one operation, with sqlmap's own mark where it may write. */
export async function runSqlmap(run: SqlmapRun): Promise<Judgement> {
  const { operation, folder, seconds, signal } = run
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'request.txt')
  await writeFile(file, requestFile(run))
  const args = [
    ...[
      '-r',
      file,
      '--proxy',
      run.proxy,
      '--output-dir',
      folder,
      '--batch',
      '--flush-session',
      '--ignore-stdin'
    ],
    ...['--level', '2', '--risk', '1', '--dbms', 'PostgreSQL', '--time-sec', '3'],
    ...['--ignore-code', '*', '--timeout', '30', '--retries', '1', '--disable-coloring']
  ]
  const ended = await runJudge('sqlmap', args, { home: folder, seconds, signal })
  const { hostname } = new URL(run.target)
  const log = await readFile(join(folder, hostname, 'log'), 'utf8').catch(() => '')
  const findings = findingsOf(log, operation)
  const isClear = findings.length > 0 || ended.output.includes(CLEAN)
  const said = ended.output.split('\n').findLast(line => line.includes('[CRITICAL]'))
  const why = ended.isCut ? 'its time was over' : `it gave up: ${said ?? 'it does not say why'}`
  return {
    ...{ title: operation.name, findings, seconds: ended.seconds },
    unfinished: isClear ? undefined : why
  }
}

function requestFile({ operation, target, headers }: SqlmapRun): string {
  const { method, path, body } = requestOf(operation, ({ value }) => `${value}*`)
  const { host } = new URL(target)
  const text = body === undefined ? '' : marked(operation)
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...(text ? ['Content-Type: application/json'] : [])
  ]
  return `${lines.join('\r\n')}\r\n\r\n${text}`
}

/** A number is marked without quotes around it: 5* */
function marked(operation: Operation): string {
  const { body } = requestOf(operation, ({ value }) =>
    typeof value === 'string' ? `${value}*` : `@@${value}*@@`
  )
  return JSON.stringify(body).replace(/"@@(.*?)@@"/g, '$1')
}

const injectionPoint = /^Parameter: (.*)$((?:\n.*)*?)(?=\n(?:Parameter:|---))/gm

function findingsOf(log: string, { name }: Operation): Finding[] {
  return [...log.matchAll(injectionPoint)].map(([, parameter = '', rest = '']) => ({
    ...{ judge: 'sqlmap' as const, level: 4, kind: 'SQL injection', where: name, parameter },
    info: [...rest.matchAll(/Title: (.*)/g)].map(([, title]) => title).join('; ')
  }))
}
