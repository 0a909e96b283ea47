import { parseArgs } from 'node:util'

export interface JudgesArguments {
  judges: ('wapiti' | 'sqlmap')[]
  minutes: number
  quick: boolean
}

export const help = `npm run judges -- [--only wapiti|sqlmap] [--minutes N] [--quick]

Two scanners from Debian attack a panel of their own: wapiti (scripts in pages, commands, files, addresses
to fetch, and more) and sqlmap (SQL). The panel describes its API itself; each operation is sent with real
ids and bodies that work, and each of its inputs is attacked: parts of the path, of the query and of the
JSON body, and headers. They ask as an administrator, by key and by login, and as a user.

First both are shown a server with everything wrong: a judge that sees nothing there is none. It is a
failure too when the panel answers 5xx or logs an error, when it is made to fetch something, when an
operation was never reached, or when a judge wants to leave this machine.

  --only NAME     one of them
  --minutes N     how long the judges may take (default 14); what is not done by then is skipped
  --quick         a few operations, in about a minute

The report is in .cache/judges. Exit codes: 0 nothing above their lowest level, 1 something was found or
could not be judged, 2 asked wrongly.
`

/** Throws, in one sentence, when something is asked that makes no sense. */
export function readArguments(args: string[]): JudgesArguments | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      minutes: { type: 'string', default: '14' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false }
    }
  })
  if (values.help) return 'help'
  const minutes = Number(values.minutes)
  if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes}: a number above 0 is needed`)
  const all = ['wapiti', 'sqlmap'] as const
  const judges = all.filter(name => values.only === undefined || values.only === name)
  if (judges.length === 0) throw new Error(`--only ${values.only}: wapiti or sqlmap is needed`)
  return { judges, minutes, quick: values.quick }
}
