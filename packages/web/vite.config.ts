import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const dist = join(import.meta.dirname, 'dist')

/** The panel sends what is packed here: it has better things to do than to pack. */
const packed: Plugin = {
  name: 'packed',
  apply: 'build',
  async writeBundle() {
    const assets = (await readdir(join(dist, 'assets'))).map(name => join('assets', name))
    const texts = ['index.html', ...assets].filter(file => /\.(html|js|css|svg)$/.test(file))
    for (const name of texts) {
      const file = join(dist, name)
      const plain = await readFile(file)
      await writeFile(`${file}.gz`, gzipSync(plain, { level: 9 }))
      await writeFile(`${file}.br`, brotliCompressSync(plain))
    }
  }
}

/** TypeScript's note of what it has checked lies in dist too, and stays. */
const swept: Plugin = {
  name: 'swept',
  apply: 'build',
  buildStart: () => rm(join(dist, 'assets'), { recursive: true, force: true })
}

export default defineConfig({
  plugins: [react(), swept, packed],
  build: {
    target: 'es2022',
    emptyOutDir: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
    // What every visit needs comes as one file: a browser opens six connections at most, and asks each file by itself.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'initial', tags: ['$initial'] }] } }
    }
  },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true } } }
})
