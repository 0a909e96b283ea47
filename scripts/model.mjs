import { checkNodeVersion } from './lib/node-version.mjs'

checkNodeVersion()
const { parseArgs } = await import('node:util')
const { checkModel, ensureSpin } = await import('./lib/model.mjs')
const { createProgress } = await import('./lib/progress.mjs')
const { report } = await import('./lib/problem.mjs')

const help = `npm run model [-- --full]

Searches the models of the link between panel and agent (model/*.pml) with spin, and checks that each
mutant of them is caught. The usual size takes about a minute on two cores; --full searches more that
can go wrong together, one after the other, in about ten minutes with up to 2 GB of memory.
`

async function main() {
  const { values } = parseArgs({
    options: { full: { type: 'boolean' }, help: { type: 'boolean' } }
  })
  if (values.help) return process.stdout.write(help)
  const progress = createProgress()
  const obstacle = await ensureSpin({ ...progress, packagesAllowed: true })
  if (obstacle) throw new Error(obstacle)
  const results = []
  await checkModel({
    full: values.full ?? false,
    onResult: result => {
      results.push(result)
      const verdict = result.ok ? 'ok    ' : 'FAILED'
      const why = result.ok ? '' : `: ${result.reason}`
      const size = `${result.states.toLocaleString('en')} states, ${(result.ms / 1000).toFixed(1)} s`
      progress.say(`${verdict} ${result.title}${why} (${size})`)
    }
  })
  if (results.some(({ ok }) => !ok)) process.exitCode = 1
}

await main().catch(error => {
  process.exitCode = report(error)
})
