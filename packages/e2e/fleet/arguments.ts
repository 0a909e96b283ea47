import { parseArgs } from 'node:util'

/** What a person, or a bench, asks of `npm run fleet`. */
export interface FleetArguments {
  agents: number
  servers: number
  panels: string[]
  user: string
  perSecond: number
  databaseUrl: string | undefined
  nodesFile: string | undefined
}

export const help = `npm run fleet -- --agents N [--servers M] [--panel URL]…

Simulates N agents in one process, for looking at a large panel and for benches. All of an agent's own
code runs (handshake and signatures, sessions, heartbeats, commands, consoles, dialling again); only its
disk and its Docker are in memory. Games print a line a second while somebody watches their console.

  --agents N          so many nodes (default 100)
  --servers M         so many servers on each, running (default 0)
  --panel URL         where the panel is (default http://127.0.0.1:3000); several: agents take turns
  --user NAME         an administrator (default admin); the password comes in FLEET_PASSWORD
  --database URL      make the nodes straight in the panel's PostgreSQL: a panel enrols thirty machines
                      a minute from one address, and this makes ten thousand in seconds
  --nodes FILE        credentials of nodes made before. Without it they are kept in .cache/fleet, and
                      the same panel's next fleet uses them again
  --per-second N      how many agents begin in a second (default 500)

Each agent is a socket here and one in the panel: see "ulimit -n". Ctrl-C ends the fleet; its nodes
stay in the panel, and become UNREACHABLE until the next fleet.

  FLEET_PASSWORD=… npm run fleet -- --agents 50 --servers 4
`

/** Throws, with what to do, when something is asked that makes no sense. */
export function readArguments(args: string[]): FleetArguments | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', short: 'h' },
      agents: { type: 'string', default: '100' },
      servers: { type: 'string', default: '0' },
      panel: { type: 'string', multiple: true, default: ['http://127.0.0.1:3000'] },
      user: { type: 'string', default: 'admin' },
      database: { type: 'string' },
      nodes: { type: 'string' },
      'per-second': { type: 'string', default: '500' }
    }
  })
  if (values.help) return 'help'
  return {
    agents: wholeNumber('--agents', values.agents, 1),
    servers: wholeNumber('--servers', values.servers, 0),
    perSecond: wholeNumber('--per-second', values['per-second'], 1),
    panels: values.panel.map(panelAddress),
    user: values.user,
    databaseUrl: values.database,
    nodesFile: values.nodes
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const number = Number(text)
  if (Number.isInteger(number) && number >= least) return number
  throw new Error(`${name} ${text}: a whole number from ${least} on is needed`)
}

function panelAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url.href.replace(/\/$/, '')
  throw new Error(`--panel ${text}: an address is needed, such as https://panel.example.org`)
}
