import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { buildPanel, type Json, stranger } from './helper.ts'
import { lintWithRedocly, lintWithSpectral } from './openapi-lint.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

t.test('the description of the API', async t => {
  const panel = await buildPanel(t)
  const { body } = await stranger(panel.url).request('GET', '/api/docs/json')
  const source = JSON.stringify(body, null, 2)

  await t.test("passes Spectral's and Redocly's lint, without a warning", async t => {
    t.strictSame(await lintWithSpectral(source), [])
    t.strictSame(await lintWithRedocly(source), [])
    const broken = JSON.stringify({ ...body, tags: [], servers: [], info: { title: 'x' } })
    t.match((await lintWithSpectral(broken)).join(), /operation-tag-defined/, 'they do look')
    t.match((await lintWithRedocly(broken)).join(), /no-empty-servers/)
  })

  const operations = Object.entries<Json>(body.paths).flatMap(([path, acts]) =>
    Object.entries<Json>(acts).map(([method, act]) => ({ name: `${method} ${path}`, ...act }))
  )

  await t.test('says of each operation how it ends, and who may ask for it', async t => {
    t.ok(operations.length > 80, `${operations.length} operations`)
    for (const { name, responses, security } of operations) {
      const successes = Object.keys(responses).filter(status => /^(2\d\d|101)$/.test(status))
      t.not(successes.length, 0, name)
      t.ok(responses['4XX'] && responses['5XX'], name)
      t.ok(Array.isArray(security), name)
    }
    const by = (name: string) => operations.find(operation => operation.name === name)?.security
    t.strictSame(by('post /api/v1/auth/login'), [])
    t.strictSame(by('post /api/v1/auth/logout'), [{ login: [] }])
    t.strictSame(by('get /api/v1/servers'), [{ login: [] }, { apiKey: [] }])
  })

  await t.test('asks for nothing that has a default', async t => {
    const parameters = operations.flatMap(({ parameters = [] }) => parameters as Json[])
    t.ok(parameters.some(({ schema }) => schema.default !== undefined))
    for (const { name, required, schema } of parameters) {
      t.notOk(required && schema.default !== undefined, name)
    }
  })

  await t.test('is what the web pages know of the API', async t => {
    const script = fileURLToPath(new URL('../../../scripts/web-types.mjs', import.meta.url))
    const { code, output } = await run(script, '--check', panel.url)
    t.equal(code, 0, output)
    const other = createServer((_, answer) => answer.end(JSON.stringify({ ...body, paths: {} })))
    await once(other.listen(0, '127.0.0.1'), 'listening')
    t.teardown(() => other.close())
    const { port } = other.address() as AddressInfo
    t.equal((await run(script, '--check', `http://127.0.0.1:${port}`)).code, 1, 'it does look')
  })

  await t.test('writes each named schema down once', async t => {
    const texts = Object.values<Json>(body.components.schemas).map(schema => JSON.stringify(schema))
    const paths = JSON.stringify(body.paths)
    for (const text of texts) t.notOk(paths.includes(text), text.slice(0, 80))
    t.match(body.paths['/api/v1/servers/{id}'].get.responses[200].content['application/json'], {
      schema: { $ref: '#/components/schemas/Server' }
    })
  })
})

function run(script: string, ...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, [script, ...args], (err, stdout, stderr) => {
      resolve({ code: typeof err?.code === 'number' ? err.code : 0, output: stdout + stderr })
    })
  })
}
