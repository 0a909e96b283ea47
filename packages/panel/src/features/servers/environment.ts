/** What the panel itself tells each game; an alt's variable cannot take these names. */
const ownNames = [
  'SERVER_IP',
  'SERVER_PORT',
  'SERVER_MEMORY',
  'P_SERVER_UUID',
  'TZ',
  'STARTUP'
] as const

export const builtInNames: ReadonlySet<string> = new Set(ownNames)

/**
 * Names that change how a program is loaded or found, or that reach for the engine. HOSTNAME and USER only tell a game
 * something: the community's templates have settings of these names, and they work.
 */
const deniedName =
  /^(LD_.*|DOCKER_.*|NODE_OPTIONS|PATH|HOME|PWD|SHELL|SHELLOPTS|ENV|BASH_ENV|BASH_FUNC.*|IFS)$/i
/**
 * Of these the value that a template itself fixes reaches its games (Minecraft's Bedrock server needs one): it says no
 * more than the image and the startup line, which are the template's too. No server has a value of its own.
 */
const loaderNames = ['LD_LIBRARY_PATH', 'LD_PRELOAD'] as const
const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

const MAX_VALUE_BYTES = 4_096
/** Of all variables of one server: they ride in one message to the agent. */
const MAX_ENVIRONMENT_BYTES = 32_768

/** Each name that a game of these variables finds in its environment: `buildEnvironment` writes them in capitals too. */
export function environmentNames(names: readonly string[]): ReadonlySet<string> {
  return new Set([...names, ...names.map(name => name.toUpperCase()), ...builtInNames])
}

/** Why a variable may not have this name; undefined when it may. */
export function nameProblem(name: string): string | undefined {
  if (!variableName.test(name)) return 'may hold letters, digits and _ only'
  if (builtInNames.has(name)) return 'is set by the panel itself'
  if (deniedName.test(name)) return 'is not allowed: it would change how programs are run'
  return undefined
}

/** Why a variable may not have this value, whatever its own rules say; undefined when it may. */
export function valueProblem(value: string): string | undefined {
  if (controlCharacter.test(value)) return 'must be one line without control characters'
  if (Buffer.byteLength(value) > MAX_VALUE_BYTES) {
    return `must not be longer than ${MAX_VALUE_BYTES} bytes`
  }
  return undefined
}

/** Whether all variables together are too much for one server. */
export function isTooLarge(values: Readonly<Record<string, string>>): boolean {
  const bytes = Object.entries(values).reduce(
    (sum, [name, value]) => sum + name.length + Buffer.byteLength(value),
    0
  )
  return bytes > MAX_ENVIRONMENT_BYTES
}

export interface EnvironmentFacts {
  serverId: string
  ip: string
  port: number | null
  memoryMiB: number
  timeZone: string
  /** For images that expand the startup line themselves; null for all others. */
  startup: string | null
  /** By name: the server's own values over the alt's defaults. */
  variables: Readonly<Record<string, string>>
  /** By name: the alt's own values of variables that users cannot edit. */
  fixed: Readonly<Record<string, string>>
}

/**
 * A game's environment. What the panel says itself wins; names and values that are not allowed stay out. The peers write
 * each name in capitals, templates refer to them in both ways: one written otherwise is there in both, unless a
 * variable of its own has the name in capitals.
 */
export function buildEnvironment(facts: EnvironmentFacts): Record<string, string> {
  const allowed = Object.entries(facts.variables).filter(
    ([name, value]) => nameProblem(name) === undefined && valueProblem(value) === undefined
  )
  const forLoader = loaderNames.flatMap(name => {
    const value = Object.hasOwn(facts.fixed, name) ? facts.fixed[name] : undefined
    return value && valueProblem(value) === undefined ? [[name, value] as const] : []
  })
  const inCapitals = allowed.map(([name, value]) => [name.toUpperCase(), value] as const)
  return {
    ...Object.fromEntries(inCapitals),
    ...Object.fromEntries(allowed),
    ...Object.fromEntries(forLoader),
    SERVER_IP: facts.ip,
    SERVER_PORT: facts.port === null ? '' : String(facts.port),
    SERVER_MEMORY: String(facts.memoryMiB),
    P_SERVER_UUID: facts.serverId,
    TZ: facts.timeZone,
    ...(facts.startup !== null && { STARTUP: facts.startup })
  }
}
