import { existsSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './environment.mjs'
import { whenChanged } from './stamp.mjs'

const entry = join(root, 'packages/agent/dist/main.js')
const bundle = join(root, 'packages/agent/dist/ctrl-alt-play-agent.mjs')

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
export function bundleAgent({ step }) {
  if (!existsSync(entry)) return
  const inputs = ['packages/agent', 'packages/protocol'].map(name =>
    join(root, name, 'dist/.tsbuildinfo')
  )
  const files = [
    ...inputs,
    join(root, 'pnpm-lock.yaml'),
    join(root, 'scripts/lib/bundle-agent.mjs')
  ]
  return whenChanged(
    'bundle',
    files,
    () => existsSync(bundle),
    () =>
      step('Bundling the agent', async () => {
        const { build } = await import('esbuild')
        await build({
          entryPoints: [entry],
          outfile: bundle,
          bundle: true,
          platform: 'node',
          target: 'node20',
          format: 'esm',
          mainFields: ['module', 'main'],
          banner: { js: banner },
          plugins: [withoutNativeParts],
          legalComments: 'eof',
          logLevel: 'warning'
        })
        await chmod(bundle, 0o755)
      })
  )
}
