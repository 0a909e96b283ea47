import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { VersionRange } from '@ctrl-alt-play/protocol'
import { repository } from './config.ts'
import type { Teardown } from './world.ts'

/** The programs of another release than this one. */
export interface Release {
  panel: string
  agent: string
}

interface Differences {
  /** What its two ends speak. */
  versions?: VersionRange
  /** SQL of migrations that this release does not have, by name; they come after its own. */
  migrations?: Record<string, string>
}

const products = ['protocol', 'agent', 'panel'] as const
const ours = '@ctrl-alt-play'

/** What was built, copied and changed as a later or an earlier release would differ. */
export async function makeRelease(t: Teardown, differences: Differences): Promise<Release> {
  const dir = await mkdtemp(join(tmpdir(), 'cap-release-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  await Promise.all(products.map(name => copyProduct(dir, name)))
  await cp(join(repository, 'prisma'), join(dir, 'prisma'), { recursive: true })
  await cp(join(repository, 'scripts'), join(dir, 'scripts'), { recursive: true })
  for (const [name, sql] of Object.entries(differences.migrations ?? {})) {
    const folder = join(dir, 'prisma/migrations', name)
    await mkdir(folder)
    await writeFile(join(folder, 'migration.sql'), sql)
  }
  if (differences.versions) await speak(dir, differences.versions)
  const programOf = (name: string) => join(dir, 'packages', name, 'dist/main.js')
  return { panel: programOf('panel'), agent: programOf('agent') }
}

async function copyProduct(dir: string, name: string): Promise<void> {
  const from = join(repository, 'packages', name)
  const to = join(dir, 'packages', name)
  const isCode = (path: string) => !/\.(map|ts)$/.test(path)
  await cp(join(from, 'dist'), join(to, 'dist'), { recursive: true, filter: isCode })
  await cp(join(from, 'package.json'), join(to, 'package.json'))
  // Each dependency as it is installed here, but for our own, of which the release has another.
  await mkdir(join(to, 'node_modules', ours), { recursive: true })
  for (const dependency of await readdir(join(from, 'node_modules'))) {
    if (dependency === ours || dependency.startsWith('.')) continue
    await symlink(join(from, 'node_modules', dependency), join(to, 'node_modules', dependency))
  }
  if (name === 'protocol') return
  await symlink(join(dir, 'packages/protocol'), join(to, 'node_modules', ours, 'protocol'))
}

async function speak(dir: string, { min, max }: VersionRange): Promise<void> {
  const file = join(dir, 'packages/protocol/dist/version.js')
  const code = await readFile(file, 'utf8')
  const changed = code
    .replace(/PROTOCOL_VERSION = \d+/, `PROTOCOL_VERSION = ${max}`)
    .replace(/OLDEST_SUPPORTED_VERSION = \d+/, `OLDEST_SUPPORTED_VERSION = ${min}`)
  await writeFile(file, changed)
}
