import { readFile, writeFile } from 'node:fs/promises'
import { register } from 'tsx/esm/api'
import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()

if (process.argv.includes('--help')) {
  process.stdout.write(`npm run db:models

Writes docs/models.md, the diagram and tables of all models, anew from prisma/schema.prisma.\n`)
} else {
  register()
  const { modelsPage } = await import('../packages/panel/src/db/models-page.ts')
  const place = path => new URL(`../${path}`, import.meta.url)
  await writeFile(
    place('docs/models.md'),
    modelsPage(await readFile(place('prisma/schema.prisma'), 'utf8'))
  )
  process.stdout.write('docs/models.md says what prisma/schema.prisma says.\n')
}
