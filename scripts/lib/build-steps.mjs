import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundles.mjs'
import { cacheDir, root } from './environment.mjs'
import { takeLock } from './lock.mjs'
import { problem } from './problem.mjs'
import { run } from './run.mjs'
import { whenChanged } from './stamp.mjs'

/** pnpm is not on a fresh machine; npx brings exactly this one. */
const pnpm = 'pnpm@12.21.0'
const inRoot = (...parts) => join(root, ...parts)
export const tool = name => inRoot('node_modules', '.bin', name)

const packages = () =>
  readdirSync(inRoot('packages')).filter(name =>
    existsSync(inRoot('packages', name, 'package.json'))
  )
const manifests = () => [
  inRoot('package.json'),
  inRoot('pnpm-workspace.yaml'),
  inRoot('pnpm-lock.yaml'),
  ...packages().map(name => inRoot('packages', name, 'package.json'))
]

/** The packages that run in production, in the order of their references. */
const products = () =>
  ['protocol', 'agent', 'panel'].map(name => inRoot('packages', name)).filter(existsSync)

function install({ step, signal }) {
  const isInstalled = () => existsSync(inRoot('node_modules', '.modules.yaml'))
  return whenChanged('install', manifests(), isInstalled, () =>
    step('Installing the dependencies from the npm registry', () =>
      run('npx', ['--yes', pnpm, 'install', '--frozen-lockfile'], {
        what: 'Installing the dependencies',
        env: { CI: 'true' },
        timeoutMs: 600_000,
        signal
      })
    )
  )
}

/** Prisma would download an engine that `generate` does not use; /bin/true stands in for it. */
function generate({ step, signal }) {
  const inputs = [
    inRoot('prisma', 'schema.prisma'),
    inRoot('prisma.config.ts'),
    inRoot('pnpm-lock.yaml')
  ]
  if (!existsSync(inputs[0])) return
  const isGenerated = () => existsSync(inRoot('packages/panel/src/db/generated/client.ts'))
  return whenChanged('generate', inputs, isGenerated, () =>
    step('Generating the database client', () =>
      run(tool('prisma'), ['generate'], {
        what: 'Generating the database client',
        env: { PRISMA_SCHEMA_ENGINE_BINARY: '/bin/true', PRISMA_HIDE_UPDATE_MESSAGE: '1' },
        timeoutMs: 120_000,
        signal
      })
    )
  )
}

const compile = ({ step, signal }) =>
  step('Compiling', () =>
    run(tool('tsc'), ['-b', ...products()], { what: 'Compiling', timeoutMs: 300_000, signal })
  )

/** The web pages: what is there but not among these files does not change them. */
const webInputs = () => {
  const folder = inRoot('packages', 'web')
  const sources = readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
  const beside = ['index.html', 'package.json', 'vite.config.ts'].map(name => join(folder, name))
  return [...beside, ...sources, inRoot('pnpm-lock.yaml')]
}

function buildPages({ step, signal }) {
  const folder = inRoot('packages', 'web')
  const isBuilt = () => existsSync(join(folder, 'dist', 'index.html'))
  return whenChanged('web', webInputs(), isBuilt, () =>
    step('Building the web pages', () =>
      run(join(folder, 'node_modules', '.bin', 'vite'), ['build', '--logLevel', 'warn'], {
        what: 'Building the web pages',
        cwd: folder,
        timeoutMs: 300_000,
        signal
      })
    )
  )
}

/** Installs, generates, compiles and bundles what has changed; one build at a time in a checkout. */
export async function build(context) {
  const release = await takeLock(join(cacheDir, 'build.lock'), {
    waitMs: 900_000,
    onBusy: pid => context.say(`Waiting for another build in this checkout (process ${pid}) …`),
    busyMessage: pid => `Another build in this checkout (process ${pid}) does not end.`,
    signal: context.signal
  }).catch(error => {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(error.code)) throw error
    throw problem(`This user may not write in ${root}, where Ctrl-Alt-Play is built.`, error)
  })
  try {
    await install(context)
    await generate(context)
    await compile(context)
    await bundle(context)
    await buildPages(context)
  } finally {
    release()
  }
}
