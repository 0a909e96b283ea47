import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { isOn, root, setting } from './environment.mjs'
import { problem } from './problem.mjs'

export const startHelp = `npm start                     sets up what is missing, then runs Ctrl-Alt-Play on this machine
npm run dev                   the same, and starts changed parts again when you save a file

Options (npm start -- OPTION):
  --no-system-packages        never install Docker or anything else with apt
  --verbose                   show the logs of panel and agent from the beginning
  --help                      this text

Settings (PORT=8081 npm start):
  PORT                 where the panel listens, 8080
  HOST                 the address it listens on; 127.0.0.1 keeps it to this machine
  DATA_DIR             database, games, credentials and logs, ./data
  ADMIN_PASSWORD       the first administrator's password; without it a one-time password is printed
  DATABASE_URL         a PostgreSQL of your own; without it one is run in DATA_DIR
  NO_SYSTEM_PACKAGES   1 is the same as --no-system-packages
  DOCKER_HOST          a Docker engine other than this machine's

Two of them run side by side with a PORT and a DATA_DIR of their own.
Ctrl-C stops panel, agent and database. The games run on, and the next start finds them again.
The last line of a successful start is: ready http://127.0.0.1:PORT
`

/** What the command line and the environment ask for, checked. */
export function readStartOptions(args = process.argv.slice(2)) {
  const { values } = parse(args)
  return {
    help: values.help ?? false,
    dev: values.dev ?? false,
    verbose: values.verbose ?? false,
    packagesAllowed: !values['no-system-packages'] && !isOn('NO_SYSTEM_PACKAGES'),
    port: readPort(setting('PORT') ?? '8080'),
    host: setting('HOST'),
    dataDir: setting('DATA_DIR') ? resolve(setting('DATA_DIR')) : resolve(root, 'data')
  }
}

function parse(args) {
  const flag = { type: 'boolean' }
  const options = { dev: flag, help: flag, verbose: flag, 'no-system-packages': flag }
  try {
    return parseArgs({ args, options })
  } catch (error) {
    throw problem(`${error.message.split('\n')[0]} See: npm start -- --help`)
  }
}

function readPort(text) {
  const port = Number(text)
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port
  throw problem(`PORT must be a number from 1 to 65535, not "${text}".`)
}
