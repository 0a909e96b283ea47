import { readdir, readFile } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { build } from './build-steps.mjs'
import { loadConfigFiles, tryConfigFiles } from './egg-config-files.mjs'
import { eggImporter } from './egg-importer.mjs'
import { lostOf } from './egg-loss.mjs'
import { root } from './environment.mjs'
import { problem } from './problem.mjs'
import { createProgress } from './progress.mjs'

const help = `npm run eggs -- FOLDER                                       tries every egg below the folder
npm run eggs -- FOLDER --panel URL --key KEY --ctrl NAME     imports them into a running panel

An egg is the file that Pterodactyl and Pelican keep a game's template in: JSON or YAML, of the versions
PTDL_v1, PTDL_v2, PLCN_v1, PLCN_v2 and PLCN_v3. Without --panel nothing is changed anywhere: each egg is
read as an import would read it, written as PTDL_v2 and as PLCN_v3, and read again. The two alts have to
be equal, and every text of the egg has to be in what was written. Each of its config files is then made with
the defaults of the variables, out of nothing and out of one that a game may have written. The table at the end says what will
not work as the egg wants it; --list says it of each egg.

  --panel URL    e.g. http://127.0.0.1:8080
  --key KEY      an API key of somebody who may change templates (admin-templates), or CAP_API_KEY in
                 the environment, which does not show in the list of processes
  --ctrl NAME    the category they go to; it is made when there is none. An egg whose UUID the panel
                 has brings that alt up to date, in whatever category it is
  --list         each warning, with its egg

Ends with 0 when every egg was taken, and with 1 when one was not. Files without an egg's version in
them are no eggs and are only counted. What becomes of each field: docs/eggs.md
`

const options = {
  panel: { type: 'string' },
  key: { type: 'string' },
  ctrl: { type: 'string' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false }
}
const say = line => process.stdout.write(`${line}\n`)

export async function runEggs(args) {
  const { values, positionals } = readArguments(args)
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const [folder, ...others] = positionals
  if (!folder || others.length > 0) throw problem('Name one folder with eggs. More: --help')
  const importer = eggImporter(values)
  await build(createProgress())
  const codec = await loadCodec()
  const configFiles = await loadConfigFiles()
  const began = performance.now()
  const paths = await eggFilesBelow(folder)
  const results = []
  for (const path of paths) {
    const egg = tryEgg(codec, path, await readFile(join(folder, path), 'utf8'))
    results.push({ ...egg, written: egg.alt && tryConfigFiles(configFiles, egg.alt) })
    showProgress(results.length, paths.length)
  }
  const eggs = results.filter(({ isEgg }) => isEgg)
  if (eggs.length === 0) throw problem(`There is no egg below ${resolve(folder)}.`)
  report(eggs, {
    seconds: (performance.now() - began) / 1000,
    others: results.length - eggs.length
  })
  if (values.list) for (const egg of eggs) listWarnings(egg)
  const areFine = eggs.every(egg => isFine(egg))
  const areTaken = importer === undefined || (await importer.send(eggs, say))
  return areFine && areTaken ? 0 : 1
}

function isFine({ alt, isEqual, lost, written }) {
  return alt && isEqual && lost.length === 0 && written.problems.length === 0
}

function readArguments(args) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw problem(`${error.message.split('\n')[0]} More: --help`)
  }
}

/** The panel's own code, so that what is said here holds there. */
async function loadCodec() {
  const part = path => import(join(root, 'packages/panel/dist/features/eggs', path))
  const parts = ['read-egg.js', 'write-egg.js', 'egg-tree.js', 'egg-yaml.js']
  return Object.assign({}, ...(await Promise.all(parts.map(part))))
}

async function eggFilesBelow(folder) {
  const paths = await readdir(folder, { recursive: true }).catch(error => {
    throw problem(`The folder ${folder} cannot be read: ${error.message}`)
  })
  const isOther = part => part === 'node_modules' || part.startsWith('.')
  return paths
    .filter(path => /\.(json|ya?ml)$/i.test(path) && !path.split(sep).some(isOther))
    .sort()
}

function tryEgg(codec, path, content) {
  const read = codec.readEgg(content)
  if (!read.ok) {
    const isEgg = !(read.place === 'meta.version' && read.message.startsWith('is missing'))
    return { path, content, isEgg, error: `${read.place} ${read.message}`, warnings: [], lost: [] }
  }
  const { alt, warnings } = read
  const written = codec.exportFormats.map(format => codec.writeEgg(alt, format, new Date()))
  const isEqual = written.every(text => {
    const again = codec.readEgg(text)
    return again.ok && isDeepStrictEqual(again.alt, alt)
  })
  const kinds = new Set(warnings.map(({ kind }) => kind))
  const lost = written.flatMap(after => lostOf(codec, { before: content, after, kinds }))
  return { path, content, isEgg: true, alt, warnings, isEqual, lost: [...new Set(lost)] }
}

function showProgress(done, all) {
  if (!process.stdout.isTTY) return
  const width = 30
  const full = Math.round((done / all) * width)
  process.stdout.write(`\r[${'#'.repeat(full)}${'.'.repeat(width - full)}] ${done} of ${all}`)
  if (done === all) process.stdout.write('\r\u001b[K')
}

function report(eggs, { seconds, others }) {
  const taken = eggs.filter(({ alt }) => alt)
  const equal = taken.filter(({ isEqual }) => isEqual)
  const whole = taken.filter(({ lost }) => lost.length === 0)
  for (const { path, error } of eggs.filter(egg => egg.error)) say(`refused  ${path}: ${error}`)
  for (const { path, isEqual } of taken)
    if (!isEqual) say(`differs  ${path}: read again it is another`)
  for (const { path, lost } of taken) {
    for (const text of lost.slice(0, 5))
      say(`lost     ${path}: ${JSON.stringify(text).slice(0, 100)}`)
  }
  for (const { path, written } of taken) {
    for (const wrong of written.problems) say(`config   ${path}: ${printable(wrong)}`)
  }
  const of = `of ${eggs.length}`
  const parts = [
    `${taken.length} ${of} imported`,
    `${equal.length} ${of} round trips equal`,
    `${whole.length} ${of} without loss`
  ]
  say(`${parts.join(', ')}, in ${seconds.toFixed(1)} s`)
  const sum = key => taken.reduce((all, { written }) => all + written[key], 0)
  say(
    `${sum('files')} config files with ${sum('values')} values, each made of nothing and of a sample`
  )
  if (others > 0) say(`${others} other files are no eggs.`)
  tableOf(eggs)
}

function tableOf(eggs) {
  const kinds = new Map()
  for (const { path, warnings } of eggs) {
    for (const { kind, place, message } of warnings) {
      const row = kinds.get(kind) ?? { times: 0, eggs: new Set(), example: `${place} ${message}` }
      row.times += 1
      row.eggs.add(path)
      kinds.set(kind, row)
    }
  }
  if (kinds.size === 0) return say('No warnings.')
  const rows = [...kinds].sort(([, a], [, b]) => b.times - a.times)
  say(`\n${'warning'.padEnd(20)} ${'times'.padStart(6)} ${'eggs'.padStart(6)}  for example`)
  for (const [kind, { times, eggs: among, example }] of rows) {
    const counts = `${String(times).padStart(6)} ${String(among.size).padStart(6)}`
    say(`${kind.padEnd(20)} ${counts}  ${printable(example)}`)
  }
}

function listWarnings({ path, warnings }) {
  for (const { kind, place, message } of warnings) {
    say(`${path}: ${kind} ${printable(`${place} ${message}`)}`)
  }
}

/** What is in an egg must not steer a terminal. */
function printable(text) {
  return text.replace(/\p{C}/gu, '?').slice(0, 110)
}
