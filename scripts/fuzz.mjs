import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { spawn } = await import('node:child_process')
const { once } = await import('node:events')
const { join } = await import('node:path')
const { parseArgs } = await import('node:util')
const { environment, root } = await import('./lib/environment.mjs')

const help = `npm run fuzz -- --frames N --seed S            a million hostile frames between panel and agent, or N
npm run fuzz -- --http --requests N --seed S   a hundred thousand requests to every operation of the API, or N

A tenth of the frames goes over real sockets in each direction. The requests are made from the
API's own description, and each answer is held against it. The seed is printed; the same one gives
the same again.
`

const options = {
  http: { type: 'boolean' },
  requests: { type: 'string', default: '100000' },
  frames: { type: 'string', default: '1000000' },
  seed: { type: 'string' },
  help: { type: 'boolean' }
}
const { values } = parseArgs({ options })
if (values.help) {
  process.stdout.write(help)
  process.exit(0)
}

const file = values.http
  ? 'packages/panel/test/openapi-fuzz.test.ts'
  : 'packages/e2e/test/faults-fuzz.test.ts'
const length = values.http ? { FUZZ_REQUESTS: values.requests } : { FUZZ_FRAMES: values.frames }

const test = spawn(process.execPath, [join(root, 'scripts', 'test.mjs'), file], {
  cwd: root,
  env: { ...environment, ...length, FUZZ_SEED: values.seed ?? '' },
  stdio: 'inherit'
})
const [code] = await once(test, 'exit')
process.exit(code ?? 1)
