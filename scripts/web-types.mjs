import { parseArgs } from 'node:util'
import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { report } = await import('./lib/problem.mjs')
const { checkWebTypes, writeWebTypes } = await import('./lib/web-types.mjs')

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean' } },
  allowPositionals: true
})
const work = values.check ? checkWebTypes : writeWebTypes
await work(positionals[0] ?? 'http://127.0.0.1:8080').catch(error => {
  process.exitCode = report(error)
})
