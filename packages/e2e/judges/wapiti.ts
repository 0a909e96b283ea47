import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from '../test/world/api.ts'
import { type Finding, type Judgement, OUT_OF_TIME } from './finding.ts'
import { DESK } from './form-desk.ts'
import { runJudge } from './judge-process.ts'
import type { Operation } from './operations.ts'
import { requestOf } from './operations.ts'

/** What it tries on values that it may write. */
export const valueModules = [
  ...['crlf', 'exec', 'file', 'permanentxss', 'redirect', 'sql', 'ssrf', 'xss', 'xxe']
]

/**
 * What it tries on pages. Left out: nikto and wapp, whose lists it would fetch from the Internet; buster,
 * thirty thousand names of files for a server that has none; csrf and brute_login_form, which know HTML
 * forms alone; blindsql, which sqlmap does better.
 */
export const pageModules = [
  ...[...valueModules, 'backup', 'cookieflags', 'csp', 'htaccess', 'http_headers', 'methods'],
  'shellshock'
]

const MODULE_SHARE = 0.4
/** Each new password costs a fifth of a second, and wapiti writes a hundred; sqlmap tries these too. */
const dear = ['body.password', 'body.newPassword']

export interface WapitiRun {
  title: string
  target: string
  /** Undefined: the page that has each operation as a form. */
  pages: Operation[] | undefined
  operations: Operation[]
  proxy: string
  headers: Record<string, string>
  /** A server of ours that notes who comes. */
  listener: string
  modules: string[]
  folder: string
  seconds: number
  signal: AbortSignal
}

export async function runWapiti(run: WapitiRun): Promise<Judgement> {
  const { title, target, folder, headers, modules, seconds, signal } = run
  await mkdir(folder, { recursive: true })
  // Without it wapiti fetches one when it starts, although nobody asks for what needs it.
  await writeFile(join(folder, 'apps.json'), '{}')
  const report = join(folder, 'report.json')
  const starts = await startsOf(run)
  const args = [
    ...['-u', run.pages ? `${target}/` : `${target}${DESK}`, ...starts],
    ...['--scope', run.pages ? 'domain' : 'folder', '-d', run.pages ? '0' : '1'],
    ...['-m', modules.join(','), '-l', run.pages ? '2' : '1', '-S', 'insane'],
    ...['--max-links-per-page', '10000', '--flush-session', '--no-bugreport'],
    ...dear.flatMap(name => ['--skip', name]),
    // Two modules take most of the time; what it has found by then is reported.
    ...['--max-attack-time', String(Math.floor(seconds * MODULE_SHARE))],
    ...['--store-session', folder, '--store-config', folder],
    ...['-p', run.proxy, '--internal-endpoint', run.listener, '--external-endpoint', run.listener],
    ...['-t', '20', '-v', '1', '-f', 'json', '-o', report],
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`])
  ]
  const ended = await runJudge('wapiti', args, { home: folder, seconds, signal })
  const text = await readFile(report, 'utf8').catch(() => undefined)
  const findings = text === undefined ? [] : findingsOf(JSON.parse(text), run)
  return { title, findings, unfinished: whyUnfinished(ended, text), seconds: ended.seconds }
}

async function startsOf({ pages, target, folder }: WapitiRun): Promise<string[]> {
  if (!pages) return []
  const urls = pages.map(page => target + requestOf(page, ({ value }) => String(value)).path)
  const file = join(folder, 'pages.txt')
  await writeFile(file, [...urls, `${target}/api/docs/`, ''].join('\n'))
  return ['-s', file]
}

function whyUnfinished(
  { output, isCut }: { output: string; isCut: boolean },
  report: string | undefined
): string | undefined {
  if (isCut) return OUT_OF_TIME
  if (report === undefined) return `it wrote no report: ${output.trimEnd().slice(-500)}`
  const broken = /^\w*(?:Error|Exception) .*$/m.exec(output)
  if (broken) return `one of its modules broke: ${broken[0].slice(0, 200)}`
  return output.includes('Max attack time was reached') ? OUT_OF_TIME : undefined
}

function findingsOf(report: Json, { operations }: WapitiRun): Finding[] {
  const kinds = [report.vulnerabilities, report.anomalies, report.additionals]
  return kinds.flatMap((kind: Json) =>
    Object.entries<Json[]>(kind ?? {}).flatMap(([name, list]) =>
      list.map(({ level, method, path, parameter, info }) => ({
        judge: 'wapiti' as const,
        ...{ level: Number(level), kind: name, where: whereOf(method, path, operations) },
        ...{ parameter: parameter ?? '', info: info ?? '' }
      }))
    )
  )
}

function whereOf(method: string, path: string, operations: Operation[]): string {
  const index = path.startsWith(DESK) ? Number.parseInt(path.slice(DESK.length), 10) : Number.NaN
  return operations[index]?.name ?? `${method} ${path}`
}
