import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Finding, type Judgement, OUT_OF_TIME } from './finding.ts'
import { runJudge } from './judge-process.ts'
import { type Operation, requestOf } from './operations.ts'
import { placeholders } from './placeholders.ts'

export interface SqlmapRun {
  operation: Operation
  target: string
  proxy: string
  headers: Record<string, string>
  /** Where it may write: into what the operation takes, or into the headers. */
  into: 'inputs' | 'headers'
  folder: string
  seconds: number
  signal: AbortSignal
}

/** sqlmap's own. */
const MARK = '*'
/** What the panel keeps of a request besides what it takes. */
const written = {
  ...{ 'User-Agent': 'judge', 'X-Forwarded-For': '10.9.8.7' },
  'Idempotency-Key': `judge-${placeholders.next}`
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
  const why = ended.isCut ? OUT_OF_TIME : `it gave up: ${said ?? 'it does not say why'}`
  return {
    ...{ title: operation.name, findings, seconds: ended.seconds },
    unfinished: isClear ? undefined : why
  }
}

function requestFile({ operation, target, headers, into }: SqlmapRun): string {
  const [inInputs, inHeaders] = into === 'inputs' ? [MARK, ''] : ['', MARK]
  const { method, path, body } = requestOf(operation, ({ value }) => `${value}${inInputs}`)
  const { host } = new URL(target)
  const text = body === undefined ? '' : marked(operation, inInputs)
  const given = into === 'inputs' ? headers : { ...headers, ...written }
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${host}`,
    ...Object.entries(given).map(([name, value]) => `${name}: ${value}${inHeaders}`),
    ...(text ? ['Content-Type: application/json'] : [])
  ]
  return `${lines.join('\r\n')}\r\n\r\n${text}`
}

/** A number is marked without quotes around it: 5* */
function marked(operation: Operation, mark: string): string {
  const { body } = requestOf(operation, ({ value }) =>
    typeof value === 'string' ? `${value}${mark}` : `@@${value}${mark}@@`
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
