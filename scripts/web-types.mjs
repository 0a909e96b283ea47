import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { report } = await import('./lib/problem.mjs')
const { writeWebTypes } = await import('./lib/web-types.mjs')

await writeWebTypes(process.argv[2] ?? 'http://127.0.0.1:8080').catch(error => {
  process.exitCode = report(error)
})
