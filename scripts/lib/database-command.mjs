import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from './build-steps.mjs'
import { environment, root, setting } from './environment.mjs'
import { problem, report } from './problem.mjs'
import { createProgress } from './progress.mjs'

/** A part of the built panel. */
const panel = path => import(join(root, 'packages/panel/dist', path))

const whichDatabase = `The database: DATABASE_URL if it is set, otherwise the one in DATA_DIR (./data), as npm start has it.`

/**
 * Runs one db: command. `run` is given the database that npm start would use, the command's options
 * and parts of the panel, and returns the exit code. With `reach: false` there is no database.
 */
export async function databaseCommand({ help, options = {}, create = false, reach = true, run }) {
  try {
    const values = readOptions(options)
    if (values.help) {
      process.stdout.write(`${help}\n\n${whichDatabase}\n`)
      return 0
    }
    await build(createProgress())
    const config = await readConfig()
    if (!reach) return await run({ values, config, panel, say, log: spoken })
    const { reachDatabase } = await panel('db/reach-database.js')
    const { databaseUrl, dataDir } = config
    const database = await reachDatabase({ databaseUrl, dataDir, create, log: spoken })
    try {
      return await run({ database, values, config, panel, say, log: spoken })
    } finally {
      await database.stop()
    }
  } catch (error) {
    return report(asProblem(error))
  }
}

function readOptions(options) {
  try {
    return parseArgs({ options: { ...options, help: { type: 'boolean', short: 'h' } } }).values
  } catch (error) {
    const [first = ''] = error.message.split('\n')
    throw problem(`${first.replace(/\.$/, '')}. What there is stands in --help.`)
  }
}

/** As the panel reads it, from the same environment. */
async function readConfig() {
  const { loadConfig } = await panel('config.js')
  const DATA_DIR = setting('DATA_DIR') ? resolve(setting('DATA_DIR')) : resolve(root, 'data')
  return loadConfig({ ...environment, DATA_DIR })
}

const say = text => process.stdout.write(`${text}\n`)

/** The panel's log, as lines for a person. */
const spoken = {
  info: (fields, text) => say(`  ${text}${detail(fields)}`),
  warn: (fields, text) => process.stderr.write(`  ${text}${detail(fields)}\n`),
  error: (fields, text) => process.stderr.write(`  ${text}${detail(fields)}\n`)
}

function detail({ err, ...fields }) {
  const values = [...Object.values(fields), ...(err ? [err.message] : [])]
  return values.length > 0 ? ` (${values.flat().join(', ')})` : ''
}

/** What the panel throws is a sentence for people; what PostgreSQL or Node throw gets one in front. */
function asProblem(error) {
  if (error?.isProblem || !(error instanceof Error)) return error
  const reached = error.code === undefined ? '' : 'The database did not answer as it should: '
  return problem(`${reached}${error.message}`, error)
}
