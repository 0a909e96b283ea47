import { isDeeperThan } from '@ctrl-alt-play/protocol'

/** What a file says once it is read, whatever it is written in. */
export type Tree = null | boolean | number | string | Tree[] | Branch
export type Branch = { [key: string]: Tree }

export type TreeResult = { ok: true; tree: Tree } | { ok: false; message: string }

/** No egg that was ever seen comes near these. */
export const eggLimits = {
  bytes: 1_048_576,
  depth: 32,
  values: 20_000,
  keyLength: 1_024,
  yamlTokens: 30_000,
  yamlAliases: 100
} as const

/** Reads JSON; the text may be a hostile one. */
export function readJson(text: string): TreeResult {
  if (isDeeperThan(text, eggLimits.depth)) return refuse(tooDeep)
  try {
    return withinLimits(JSON.parse(text))
  } catch (err) {
    return refuse(`is no JSON: ${err instanceof Error ? err.message : 'it cannot be read'}`)
  }
}

export const tooDeep = `is nested more than ${eggLimits.depth} levels deep`

/** A tree that can be walked through, kept by the database and copied without harm. */
export function withinLimits(tree: Tree): TreeResult {
  const left = { values: eggLimits.values }
  const problem = problemOf(tree, 0, left)
  return problem === undefined ? { ok: true, tree } : refuse(problem)
}

export function refuse(message: string): { ok: false; message: string } {
  return { ok: false, message }
}

/** PostgreSQL has no place for NUL in a text, UTF-8 none for half a pair. */
const untold = /[\0\p{Surrogate}]/u

function problemOf(tree: Tree, depth: number, left: { values: number }): string | undefined {
  left.values -= 1
  if (left.values < 0) return `holds more than ${eggLimits.values} values`
  if (typeof tree === 'string' && untold.test(tree)) {
    return 'holds the character NUL, or half a surrogate pair'
  }
  if (typeof tree !== 'object' || tree === null) return undefined
  if (depth >= eggLimits.depth) return tooDeep
  for (const [key, part] of Object.entries(tree)) {
    const problem = keyProblem(key) ?? problemOf(part, depth + 1, left)
    if (problem !== undefined) return problem
  }
  return undefined
}

function keyProblem(key: string): string | undefined {
  if (key === '__proto__') return 'names __proto__'
  if (key.length > eggLimits.keyLength) {
    return `has a name longer than ${eggLimits.keyLength} characters`
  }
  return untold.test(key) ? 'has a name with NUL, or half a surrogate pair' : undefined
}

export function isBranch(tree: Tree | undefined): tree is Branch {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree)
}

/** An object's own part; a list counts as empty, as PHP writes an empty object. */
export function branchOf(tree: Tree | undefined): Branch {
  return isBranch(tree) ? tree : {}
}

/** A list, or what PHP writes when a list has gaps; a single text is a list of one. */
export function listOf(tree: Tree | undefined): Tree[] {
  if (Array.isArray(tree)) return tree
  if (isBranch(tree)) return Object.values(tree)
  return tree === undefined || tree === null || tree === '' ? [] : [tree]
}

/** Texts as they are, numbers and switches as texts; nothing for what is no value. */
export function textOf(tree: Tree | undefined): string | undefined {
  if (typeof tree === 'string') return tree
  return typeof tree === 'number' || typeof tree === 'boolean' ? String(tree) : undefined
}

/** The parts that are not among the known ones. */
export function withoutKeys(branch: Branch, known: readonly string[]): Branch {
  return Object.fromEntries(Object.entries(branch).filter(([key]) => !known.includes(key)))
}
