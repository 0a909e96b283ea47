import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { createEngineAdapter } from '../src/db/engine/adapter.ts'
import { loadEngineBindings } from '../src/db/engine/bindings.ts'

// Stands where Prisma's command line looks for its engine, and hands what it asks to the same engine
// as WebAssembly: one question a line, one answer a line. `node --import tsx prisma-engine.ts FLAGS`.
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    datasource: { type: 'string', default: '{}' },
    datamodels: { type: 'string', multiple: true, default: [] }
  }
})
const { url } = JSON.parse(values.datasource)
const { SchemaEngine } = await loadEngineBindings()
const datamodels = await Promise.all(
  values.datamodels.map(
    async (path): Promise<[string, string]> => [path, await readFile(path, 'utf8')]
  )
)
const opened: Awaited<ReturnType<typeof createEngineAdapter>>[] = []

async function connect() {
  const adapter = await createEngineAdapter(url)
  opened.push(adapter)
  return adapter
}

if (positionals[0] === 'cli') {
  const adapter = await connect()
  await adapter.queryRaw({ sql: 'SELECT 1', args: [], argTypes: [] })
} else {
  const adapter = bindMigrationAwareSqlAdapterFactory({
    provider: 'postgres',
    adapterName: 'ctrl-alt-play',
    connect,
    connectToShadowDb: connect
  })
  const engine = await SchemaEngine.new({ datamodels }, () => undefined, adapter)
  const methods = engine as unknown as Record<string, (params: unknown) => Promise<unknown>>
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, method, params } = JSON.parse(line)
    const answer = await methods[method]?.call(engine, params).then(
      result => ({ result: result ?? {} }),
      (err: Error) => ({ error: { code: 4_466, message: err.message, data: err } })
    )
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`)
  }
}
await Promise.all(opened.map(adapter => adapter.dispose()))
