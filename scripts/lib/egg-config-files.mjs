import { join } from 'node:path'
import { root } from './environment.mjs'

/** What a server with the defaults of its template is told, without a database. */
const facts = {
  serverId: '00000000-0000-7000-8000-000000000000',
  ip: '0.0.0.0',
  port: 27015,
  memoryMiB: 1024,
  timeZone: 'UTC',
  fixed: {}
}
const gateway = '172.18.0.1'

/** The panel's and the agent's own code, so that what is said here holds there. */
export async function loadConfigFiles() {
  const panel = 'packages/panel/dist/features/servers'
  const parts = [
    `${panel}/config-files.js`,
    `${panel}/environment.js`,
    'packages/agent/dist/config-files/parsers.js'
  ]
  return Object.assign({}, ...(await Promise.all(parts.map(path => import(join(root, path))))))
}

/**
 * Puts each config file of an alt, with the defaults of its variables, into an empty file and into one that
 * a game may have written; answers what went wrong.
 */
export function tryConfigFiles(parts, { startup, startupMode, variables, config }) {
  const environment = parts.buildEnvironment({
    ...facts,
    startup: startupMode === 'SHELL_ENV' ? startup : null,
    variables: Object.fromEntries(variables.map(one => [one.envVariable, one.defaultValue ?? '']))
  })
  const files = parts.resolveConfigFiles(config, environment)
  const problems = files.flatMap(file => {
    const edits = file.edits.map(withGateway)
    const sample = sampleOf(parts, file.parser, edits)
    const texts = [
      ['an empty file', ''],
      ['a sample', sample]
    ]
    return texts.flatMap(([name, text]) =>
      problemsOf(parts, { file, edits, text }).map(problem => `${file.path}, ${name}: ${problem}`)
    )
  })
  const values = files.reduce((sum, { edits }) => sum + edits.length, 0)
  return { files: files.length, values, problems }
}

function problemsOf(parts, { file, edits, text }) {
  try {
    if (file.problem) return [file.problem]
    const { text: after, left } = parts.editText(file.parser, text, edits)
    const again = parts.editText(file.parser, after, edits).text
    const kept = commentsOf(text).filter(comment => !after.includes(comment))
    const open = /\{\{(server|env|config)\.[\w.-]*\}\}/.exec(after)
    return [
      ...left,
      ...(again === after ? [] : ['the same edits change it once more']),
      ...kept.map(comment => `a comment is gone: ${comment}`),
      ...(open ? [`a placeholder is left: ${open[0]}`] : [])
    ]
  } catch (error) {
    return [error.message]
  }
}

function withGateway(edit) {
  const { value } = edit
  return {
    ...edit,
    value: Array.isArray(value) ? value.map(part => part ?? gateway).join('') : value
  }
}

const comments = {
  file: ['# kept', '// kept too'],
  properties: ['# kept', '! kept too'],
  ini: ['; kept'],
  json: ['// kept', '/* kept too */'],
  yaml: ['# kept'],
  yml: ['# kept'],
  toml: ['# kept'],
  xml: ['<!-- kept -->']
}

function commentsOf(text) {
  return Object.values(comments)
    .flat()
    .filter(comment => text.includes(comment))
}

/** As if the game had written it: everything there, with other values, other things beside it, and comments. */
function sampleOf(parts, parser, edits) {
  const some = edits.map(({ match, ifValue, attribute }) => ({
    match: match.replaceAll('*', 'any'),
    attribute,
    value: ifValue === undefined || ifValue.startsWith('regex:') ? 'localhost:1' : ifValue
  }))
  const [head = '', foot = ''] = comments[parser] ?? []
  if (parser === 'file') {
    return [head, ...edits.map(({ match }) => `${match} before`), 'other line', foot, ''].join('\n')
  }
  const { text } = parts.editText(parser, '', some)
  return `${head}\n${text}${foot}\n`
}
