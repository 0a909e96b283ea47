import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { spawn } = await import('node:child_process')
const { once } = await import('node:events')
const { join } = await import('node:path')
const { parseArgs } = await import('node:util')
const { environment, root } = await import('./lib/environment.mjs')

const help = `npm run fuzz -- --frames N --seed S    a million hostile frames between panel and agent, or N

A tenth of them goes over real sockets in each direction. The seed is printed; the same one gives the
same frames again.
`

const options = {
  frames: { type: 'string', default: '1000000' },
  seed: { type: 'string' },
  help: { type: 'boolean' }
}
const { values } = parseArgs({ options })
if (values.help) {
  process.stdout.write(help)
  process.exit(0)
}

const test = spawn(
  process.execPath,
  [join(root, 'scripts', 'test.mjs'), 'packages/e2e/test/faults-fuzz.test.ts'],
  {
    cwd: root,
    env: { ...environment, FUZZ_FRAMES: values.frames, FUZZ_SEED: values.seed ?? '' },
    stdio: 'inherit'
  }
)
const [code] = await once(test, 'exit')
process.exit(code ?? 1)
