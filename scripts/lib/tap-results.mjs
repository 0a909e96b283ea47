import { Parser } from 'tap-parser'

/**
 * Reads tap's output as it comes. A test is a `t.test` (or an assertion) at the top of a file; the
 * file itself counts only when it fails beside them: a crash, a timeout, a plan that was not kept.
 * `onFile({ name, ms, passed, failures, isCut, skips, details })` is called when a file is through; `isCut`
 * when its process ended before its tests did.
 */
export function createTapReader(onFile) {
  const parser = new Parser()
  const files = new Map()

  parser.on('child', child => {
    const file = { name: child.name, tests: [], details: [] }
    files.set(child.name, file)
    child.on('assert', result => file.tests.push(result))
    collectDetails(child, file.details)
  })
  parser.on('assert', result => {
    const { tests, details } = files.get(result.name) ?? { tests: [], details: [] }
    files.delete(result.name)
    onFile(fileResult(result, tests, details))
  })

  return { write: chunk => parser.write(chunk), end: () => parser.end() }
}

/** Failed assertions at any depth, each with what tap says about it. */
function collectDetails(parser, details) {
  parser.on('assert', result => {
    const text = result.ok || result.todo ? '' : describe(result)
    if (text) details.push(text)
  })
  parser.on('bailout', reason => details.push(`Bail out! ${reason}`))
  parser.on('child', child => collectDetails(child, details))
}

function fileResult(result, tests, details) {
  const failed = tests.filter(({ ok, todo, skip }) => !ok && !todo && !skip)
  const isSkipped = ({ skip, todo }) => Boolean(skip || todo)
  const skips = [...tests, ...(tests.length === 0 ? [result] : [])].filter(isSkipped)
  const failures = failed.map(({ name }) => `${result.name} > ${name}`)
  const fellOver = !result.ok && failures.length === 0
  if (fellOver) failures.push(`${result.name} as a whole`)
  // Where a process ends before its tests do tap says so of the first that was open.
  const isCut = fellOver || details.some(text => text.includes('test unfinished'))
  return {
    name: result.name,
    ms: result.time ?? 0,
    passed: tests.length - failed.length - tests.filter(isSkipped).length,
    failures,
    isCut,
    skips: skips.map(({ name, fullname, skip, todo }) => ({
      title: fullname || name,
      reason: [skip, todo].find(reason => typeof reason === 'string') ?? 'no reason given'
    })),
    details: fellOver ? [...details, describe(result)].join('\n').trimEnd() : details.join('\n')
  }
}

const shown = [
  'diff',
  'found',
  'wanted',
  'pattern',
  'error',
  'message',
  'signal',
  'exitCode',
  'expired',
  'timeout',
  'stack'
]

/** '' when tap says nothing about it: the reason is then told deeper down. */
function describe({ fullname, name, diag }) {
  const lines = shown
    .filter(key => diag?.[key] !== undefined)
    .map(key => `${key}: ${typeof diag[key] === 'string' ? diag[key] : JSON.stringify(diag[key])}`)
  if (lines.length === 0) return ''
  const body = lines.join('\n').slice(0, 8000).replaceAll(/\s*\n/g, '\n    ').trimEnd()
  return `  ${fullname || name}\n    ${body}`
}
