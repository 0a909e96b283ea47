import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { type FailpointSetting, readFailpointSetting } from '@ctrl-alt-play/protocol'
import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

const Port = Type.Integer({
  minimum: 0,
  maximum: 65_535,
  default: 8080,
  description: 'Where the panel listens; 0 takes any free port.',
  expects: 'a whole number from 0 to 65535'
})

/** Every key of the environment that the panel reads. `expects` is what a wrong one is answered with. */
const Environment = Type.Object({
  PORT: Port,
  HOST: Type.Optional(
    text({
      description:
        'The address it listens on. Without it: 127.0.0.1, so that nothing but this machine reaches a fresh panel, or 0.0.0.0 once PUBLIC_URL says where others find it.',
      expects: 'an address of this machine such as 0.0.0.0 or 127.0.0.1',
      pattern: '^[0-9A-Za-z:.%-]+$'
    })
  ),
  PUBLIC_URL: Type.Optional(
    text({
      description:
        'Where browsers and agents reach the panel, e.g. https://panel.example.org. Without it: the address it listens on.',
      expects: 'http:// or https://, a name and nothing after it',
      pattern: '^https?://[^/?#@\\s]+/?$'
    })
  ),
  TRUSTED_PROXIES: text({
    description:
      'Addresses (or ranges such as 10.0.0.0/8) of the reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, with commas between. Empty: nobody is.',
    expects: 'addresses with commas between, e.g. 127.0.0.1,10.0.0.0/8',
    default: '',
    pattern: '^[0-9a-fA-F:./,\\s]*$'
  }),
  TLS_CERT_FILE: Type.Optional(
    text({
      description: 'A certificate in PEM: the panel then speaks HTTPS itself.',
      expects: 'the path of a file, together with TLS_KEY_FILE'
    })
  ),
  TLS_KEY_FILE: Type.Optional(
    text({
      description: "The certificate's private key in PEM.",
      expects: 'the path of a file, together with TLS_CERT_FILE'
    })
  ),
  DATA_DIR: text({
    description: 'Where the panel keeps its keys and the built-in database.',
    expects: 'the path of a folder',
    default: './data'
  }),
  DATABASE_URL: Type.Optional(
    text({
      description: 'A PostgreSQL of your own; without it one is run in DATA_DIR.',
      expects: 'postgresql://USER:PASSWORD@HOST:PORT/NAME',
      pattern: '^postgres(ql)?://.+'
    })
  ),
  DATABASE_PASSWORD_FILE: Type.Optional(
    text({
      description:
        'A file with the password for DATABASE_URL, which then names a user and no password: so it stands in no environment.',
      expects:
        'the path of a file that this user may read and that holds a password, together with a DATABASE_URL that names a host and holds none'
    })
  ),
  DATABASE_POOL_SIZE: Type.Integer({
    minimum: 2,
    maximum: 200,
    default: 10,
    description: 'How many connections to the database it may open.',
    expects: 'a whole number from 2 to 200'
  }),
  DATABASE_SLOW_STATEMENT_MS: Type.Integer({
    minimum: 0,
    maximum: 600_000,
    default: 500,
    description:
      'A statement that takes the database longer is logged, without its values, and shown to who may see the settings; 0 turns it off.',
    expects: 'a whole number from 0 to 600000'
  }),
  BACKUP_DIR: Type.Optional(
    text({
      description:
        'Where `npm run db:backup` keeps backups. Without it: /var/lib/pgbackrest for a PostgreSQL of your own, DATA_DIR/backups for the built-in one.',
      expects: 'the path of a folder'
    })
  ),
  BACKUP_DAYS: Type.Integer({
    minimum: 1,
    maximum: 3_650,
    default: 30,
    description: 'For so many days back the database can be restored.',
    expects: 'a whole number from 1 to 3650'
  }),
  BACKUP_LONG_TERM_DIR: Type.Optional(
    text({
      description:
        'A second place, better on another disk or machine, that gets a full backup every 30 days and keeps it longer.',
      expects: 'the path of a folder'
    })
  ),
  BACKUP_LONG_TERM_DAYS: Type.Integer({
    minimum: 1,
    maximum: 36_500,
    default: 365,
    description: 'So many days the second place keeps its backups.',
    expects: 'a whole number from 1 to 36500'
  }),
  BACKUP_PASSPHRASE_FILE: Type.Optional(
    text({
      description:
        'The pass phrase that backups by pgBackRest are encrypted with, in a file that nobody else may read (mode 0600). Without it a random one is made in DATA_DIR/backup-passphrase: keep a copy of it elsewhere.',
      expects: 'the path of a file'
    })
  ),
  BACKUP_CONFIG_FILE: text({
    description: "Where `npm run db:backup` writes pgBackRest's configuration.",
    expects: 'the path of a file',
    default: '/etc/pgbackrest/ctrl-alt-play.conf'
  }),
  ADMIN_USERNAME: text({
    description: 'Name of the administrator that the first start makes.',
    expects: '3 to 32 letters, digits, ".", "_" or "-"',
    default: 'admin',
    pattern: '^[A-Za-z0-9._-]{3,32}$'
  }),
  ADMIN_EMAIL: text({
    description: "The administrator's e-mail address.",
    expects: 'an e-mail address',
    default: 'admin@localhost',
    pattern: '^[^@\\s]{1,64}@[^@\\s]{1,190}$'
  }),
  ADMIN_PASSWORD: Type.Optional(
    text({
      description:
        "The administrator's password, used as it is. Without it the first start makes a random one, tells it once and has it changed at the first login.",
      expects: '8 characters or more, and 72 bytes or less',
      minLength: 8
    })
  ),
  SESSION_SECRET: Type.Optional(
    text({
      description:
        'What login cookies are signed with. Without it a random one is kept in DATA_DIR. With another one everybody logs in again.',
      expects: '32 characters or more',
      minLength: 32
    })
  ),
  ENCRYPTION_KEYS_FILE: Type.Optional(
    text({
      description:
        'The file with the keys that secrets in the database are sealed with, for all panels of that database the same. Without it: encryption-keys.json in DATA_DIR. Made at the first start.',
      expects: 'the path of a file'
    })
  ),
  SESSION_IDLE_HOURS: Type.Number({
    minimum: 0.01,
    maximum: 8_760,
    default: 24,
    description: 'A login ends when it was not used for so long.',
    expects: 'a number from 0.01 to 8760'
  }),
  SESSION_LIFETIME_HOURS: Type.Number({
    minimum: 0.01,
    maximum: 8_760,
    default: 168,
    description: 'A login ends after so long in any case.',
    expects: 'a number from 0.01 to 8760'
  }),
  SESSION_IP_POLICY: Type.Unsafe<'prefix' | 'strict' | 'off'>(
    text({
      description:
        'From where a login may be used: the network it began in (prefix: /24, or /64 of IPv6), the very address (strict), or anywhere (off).',
      expects: 'prefix, strict or off',
      default: 'prefix',
      pattern: '^(prefix|strict|off)$'
    })
  ),
  RATE_LIMIT_PER_MINUTE: Type.Integer({
    minimum: 0,
    maximum: 1_000_000,
    default: 6_000,
    description:
      'Requests that one address may make in a minute without a valid login or key; 0 is no limit.',
    expects: 'a whole number from 0 to 1000000'
  }),
  METRICS_TOKEN: Type.Optional(
    text({
      description:
        'Prometheus sends it as "Authorization: Bearer …" to read /metrics. Without it: logins with monitoring-view on all servers, and this machine (as localhost or 127.0.0.1) while PUBLIC_URL and TRUSTED_PROXIES are not set.',
      expects: '16 characters or more',
      minLength: 16
    })
  ),
  SMTP_URL: Type.Optional(
    text({
      description:
        'The mail server that invitations and links for new passwords and addresses are sent by, e.g. smtp://user:password@mail.example.org:587. Without it no mail is sent.',
      expects: 'smtp:// or smtps://, and together with MAIL_FROM',
      pattern: '^smtps?://[^\\s]+$'
    })
  ),
  MAIL_FROM: Type.Optional(
    text({
      description: 'The address that mails come from, e.g. panel@example.org.',
      expects: 'an e-mail address, together with SMTP_URL',
      pattern: '^[^@\\s<>]{1,64}@[^@\\s<>]{1,190}$'
    })
  ),
  LOG_LEVEL: Type.Unsafe<'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'>(
    text({
      description: 'How much is logged.',
      expects: 'fatal, error, warn, info, debug, trace or silent',
      default: 'info',
      pattern: '^(fatal|error|warn|info|debug|trace|silent)$'
    })
  ),
  SAMPLE_DATA: Type.Boolean({
    default: false,
    description: 'Also make users and servers to develop with.',
    expects: '1 or 0'
  }),
  LOCAL_NODE: Type.Boolean({
    default: false,
    description: 'Keep a node for this machine; npm start sets it.',
    expects: '1 or 0'
  })
})
type Environment = Static<typeof Environment>

function text(options: {
  description: string
  expects: string
  default?: string
  pattern?: string
  minLength?: number
}) {
  return Type.String({ minLength: options.default === '' ? 0 : 1, maxLength: 4_096, ...options })
}

const environmentProperties: Record<string, TSchema> = Environment.properties

/** The rows of the README's table. */
export const configKeys: { key: string; default: string; description: string }[] = Object.entries(
  environmentProperties
).map(([key, { default: standard, description }]) => ({
  key,
  default: standard === undefined || standard === '' ? '' : String(standard),
  description: description ?? ''
}))

export interface Config {
  port: number
  host: string
  /** Without a slash at the end; undefined: it is found out when the panel listens. */
  publicUrl: string | undefined
  trustedProxies: string[]
  tls: { certFile: string; keyFile: string } | undefined
  dataDir: string
  databaseUrl: string | undefined
  databasePoolSize: number
  /** 0: nothing is called slow. */
  slowStatementMs: number
  backup: {
    dir: string | undefined
    days: number
    /** Undefined: there is only one place. */
    longTermDir: string | undefined
    longTermDays: number
    passphraseFile: string
    configFile: string
  }
  admin: { username: string; email: string; password: string | undefined }
  sessionSecret: string | undefined
  /** Undefined: the one in the data folder. */
  encryptionKeysFile: string | undefined
  session: { idleMs: number; lifetimeMs: number; ipPolicy: 'prefix' | 'strict' | 'off' }
  rateLimitPerMinute: number
  metricsToken: string | undefined
  /** Undefined: no mail is sent. */
  mail: { smtpUrl: string; from: string } | undefined
  logLevel: Environment['LOG_LEVEL']
  sampleData: boolean
  localNode: boolean
  /** Where a test makes this process fail; CAP_FAILPOINT, which no production has. */
  failpoint: FailpointSetting | undefined
}

/** Throws one error that names every wrong key. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = readEnvironment(env)
  if (!Value.Check(Environment, given)) throw new Error(wrongKeys(given).join('\n'))
  const problems = [...crossChecks(given)]
  if (problems.length > 0) throw new Error(problems.join('\n'))
  const databaseUrl = withPasswordOfFile(given.DATABASE_URL, given.DATABASE_PASSWORD_FILE)
  // As browsers write it: no capitals, and no port that goes without saying.
  const publicUrl = given.PUBLIC_URL && new URL(given.PUBLIC_URL).origin
  const dataDir = resolve(given.DATA_DIR)
  return {
    port: given.PORT,
    host: given.HOST ?? defaultHost(publicUrl),
    publicUrl,
    trustedProxies: listOf(given.TRUSTED_PROXIES),
    tls:
      given.TLS_CERT_FILE && given.TLS_KEY_FILE
        ? { certFile: given.TLS_CERT_FILE, keyFile: given.TLS_KEY_FILE }
        : undefined,
    dataDir,
    databaseUrl,
    databasePoolSize: given.DATABASE_POOL_SIZE,
    slowStatementMs: given.DATABASE_SLOW_STATEMENT_MS,
    backup: {
      dir: given.BACKUP_DIR && resolve(given.BACKUP_DIR),
      days: given.BACKUP_DAYS,
      longTermDir: given.BACKUP_LONG_TERM_DIR && resolve(given.BACKUP_LONG_TERM_DIR),
      longTermDays: given.BACKUP_LONG_TERM_DAYS,
      passphraseFile: resolve(given.BACKUP_PASSPHRASE_FILE ?? join(dataDir, 'backup-passphrase')),
      configFile: resolve(given.BACKUP_CONFIG_FILE)
    },
    admin: {
      username: given.ADMIN_USERNAME,
      email: given.ADMIN_EMAIL,
      password: given.ADMIN_PASSWORD
    },
    sessionSecret: given.SESSION_SECRET,
    encryptionKeysFile: given.ENCRYPTION_KEYS_FILE && resolve(given.ENCRYPTION_KEYS_FILE),
    session: {
      idleMs: given.SESSION_IDLE_HOURS * 3_600_000,
      lifetimeMs: given.SESSION_LIFETIME_HOURS * 3_600_000,
      ipPolicy: given.SESSION_IP_POLICY
    },
    rateLimitPerMinute: given.RATE_LIMIT_PER_MINUTE,
    metricsToken: given.METRICS_TOKEN,
    mail:
      given.SMTP_URL && given.MAIL_FROM
        ? { smtpUrl: given.SMTP_URL, from: given.MAIL_FROM }
        : undefined,
    logLevel: given.LOG_LEVEL,
    sampleData: given.SAMPLE_DATA,
    localNode: given.LOCAL_NODE,
    failpoint: readFailpointSetting(env, 'panel')
  }
}

/** Our keys alone, numbers and switches converted; an empty one counts as not given. */
function readEnvironment(env: NodeJS.ProcessEnv): unknown {
  const ours = configKeys.flatMap(({ key }) => {
    const value = env[key]?.trim()
    return value ? [[key, convert(key, value)] as const] : []
  })
  return Value.Default(Environment, Object.fromEntries(ours))
}

const switches: Record<string, boolean> = { 1: true, true: true, 0: false, false: false }

/** What is not a number or a switch stays text, and is refused as that. */
function convert(key: string, value: string): unknown {
  const type = environmentProperties[key]?.type
  if (type === 'boolean') return switches[value.toLowerCase()] ?? value
  const isNumber = (type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(value)
  return isNumber ? Number(value) : value
}

function wrongKeys(given: unknown): string[] {
  const keys = new Set([...Value.Errors(Environment, given)].map(({ path }) => path.slice(1)))
  return [...keys].map(key => wrong(key, (given as Record<string, unknown>)[key]))
}

function* crossChecks(given: Environment): Generator<string> {
  if (Boolean(given.TLS_CERT_FILE) !== Boolean(given.TLS_KEY_FILE)) {
    yield wrong(given.TLS_CERT_FILE ? 'TLS_KEY_FILE' : 'TLS_CERT_FILE', '')
  }
  if (Boolean(given.SMTP_URL) !== Boolean(given.MAIL_FROM)) {
    yield wrong(given.SMTP_URL ? 'MAIL_FROM' : 'SMTP_URL', '')
  }
  if (given.SMTP_URL && !URL.canParse(given.SMTP_URL)) yield wrong('SMTP_URL', given.SMTP_URL)
  if (given.PUBLIC_URL && !URL.canParse(given.PUBLIC_URL)) {
    yield wrong('PUBLIC_URL', given.PUBLIC_URL)
  }
  if (given.DATABASE_PASSWORD_FILE && !lacksPassword(given.DATABASE_URL)) {
    yield wrong('DATABASE_PASSWORD_FILE', '')
  }
  if (Buffer.byteLength(given.ADMIN_PASSWORD ?? '') > 72) yield wrong('ADMIN_PASSWORD', '')
  if (!listOf(given.TRUSTED_PROXIES).every(isAddressOrRange)) {
    yield wrong('TRUSTED_PROXIES', given.TRUSTED_PROXIES)
  }
}

const secretKeys = new Set([
  ...['ADMIN_PASSWORD', 'SESSION_SECRET', 'METRICS_TOKEN', 'DATABASE_URL', 'SMTP_URL']
])

function wrong(key: string, value: unknown): string {
  const schema = environmentProperties[key]
  const shown = secretKeys.has(key) || value === '' ? '' : ` and not "${String(value)}"`
  return `${key} must be ${schema?.expects}${shown}.`
}

/** Whether the URL names a user at a host, whose password is yet to be said. */
function lacksPassword(databaseUrl: string | undefined): boolean {
  if (!databaseUrl || !URL.canParse(databaseUrl)) return false
  const { hostname, username, password } = new URL(databaseUrl)
  return hostname !== '' && username !== '' && password === ''
}

function withPasswordOfFile(databaseUrl: string | undefined, file: string | undefined) {
  if (!databaseUrl || !file) return databaseUrl
  const url = new URL(databaseUrl)
  url.password = encodeURIComponent(readPassword(file))
  return url.href
}

/** As PostgreSQL's image takes it from its own: all of the file but the ends of lines after it. */
function readPassword(file: string): string {
  const key = 'DATABASE_PASSWORD_FILE'
  try {
    const password = readFileSync(file, 'utf8').replace(/[\r\n]+$/, '')
    if (password !== '') return password
  } catch (err) {
    const reason = err instanceof Error ? err.message : String(err)
    throw new Error(`${wrong(key, '')} ${file} cannot be read (${reason}).`, { cause: err })
  }
  throw new Error(`${wrong(key, '')} ${file} is empty.`)
}

function defaultHost(publicUrl: string | undefined): string {
  if (publicUrl === undefined) return '127.0.0.1'
  return isLoopbackName(new URL(publicUrl).hostname) ? '127.0.0.1' : '0.0.0.0'
}

/** Whether a URL's host means this very machine. */
export function isLoopbackName(name: string): boolean {
  return name === 'localhost' || name === '[::1]' || (isIP(name) === 4 && name.startsWith('127.'))
}

function listOf(value: string): string[] {
  return value
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
}

/** A range that holds everything would let anybody forge an address. */
function isAddressOrRange(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/')
  if (!isIP(address) || rest.length > 0) return false
  if (bits === undefined) return true
  if (!/^\d{1,3}$/.test(bits) || Number(bits) === 0) return false
  try {
    new BlockList().addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4')
    return true
  } catch {
    return false
  }
}
