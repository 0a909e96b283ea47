import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { test } = await import('./lib/test.mjs')
const { report } = await import('./lib/problem.mjs')

process.exit(await test().catch(report))
