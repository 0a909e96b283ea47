import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { root } from './environment.mjs'
import { problem } from './problem.mjs'

const isTest = file => file.endsWith('.test.ts')

function testsUnder(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true })
    .filter(isTest)
    .map(file => relative(root, join(folder, file)))
    .sort()
}

/** Every test file of every package; the end-to-end ones, which take longest, come last. */
export function allTests() {
  const packages = readdirSync(join(root, 'packages')).filter(name => name !== 'e2e')
  return [...packages, 'e2e'].flatMap(name => testsUnder(join(root, 'packages', name, 'test')))
}

/** The tests that a command line names: files and folders, seen from the root or from `cwd`. */
export function namedTests(names, cwd = process.cwd()) {
  return names.flatMap(name => {
    const path = [resolve(cwd, name), resolve(root, name)].find(existsSync)
    if (!path) throw problem(`There is no test file ${name}.`)
    return statSync(path).isDirectory() ? testsUnder(path) : [relative(root, path)]
  })
}

/** Those that drive a real browser. */
export const needsBrowser = file => /(hostile-page|web(-[a-z]+)?)\.test\.ts$/.test(file)

/** Those whose games are installed in Debian's own image. */
export const needsDebian = file => /(own-alts|community-egg)\.test\.ts$/.test(file)

/** Those that back up and restore a PostgreSQL of Debian's. */
export const needsPgbackrest = file => file.endsWith('backups.test.ts')

/** The end-to-end ones, but for the one that only reads and the one that needs a browser alone. */
export const needsDocker = file =>
  file.startsWith(join('packages', 'e2e')) && !/(model|hostile-page)\.test\.ts$/.test(file)
