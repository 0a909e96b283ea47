import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import type { CliCommand, Flags } from '../src/cli/command.ts'
import { diagnose } from '../src/cli/diagnose.ts'
import { register } from '../src/cli/register.ts'
import { status } from '../src/cli/status.ts'
import { unregister } from '../src/cli/unregister.ts'
import { loadConfig } from '../src/config.ts'
import { askStatus, serveStatus } from '../src/link/status-socket.ts'
import { readCredentials } from '../src/state/credentials.ts'
import { AGENT_VERSION } from '../src/version.ts'
import { startFakePanel } from './fake-panel.ts'
import { quickFolder } from './quick-folder.ts'

const run = promisify(execFile)
const here = fileURLToPath(new URL('.', import.meta.url))

const newToken = (): string =>
  `cap_${randomBytes(16).toString('hex')}.${randomBytes(32).toString('base64url')}`

/** Runs a command as main does and answers what it said. */
async function ask(command: CliCommand, flags: Flags): Promise<{ code: number; said: string }> {
  const lines: string[] = []
  const config = loadConfig({ LOG_LEVEL: 'silent' })
  const say = (line: string): void => void lines.push(line)
  const code = await command.run(flags, { config, say, isTerminal: false })
  return { code, said: lines.join('\n') }
}

async function enrolled(t: Test) {
  const token = newToken()
  const tokens = new Set([token])
  const panel = await startFakePanel(t, { tokens })
  const stateDir = join(await quickFolder(t), 'state')
  const flags = {
    panel: panel.url,
    token,
    'panel-key': panel.keys.publicKey,
    'state-dir': stateDir,
    'data-dir': join(stateDir, 'data')
  }
  return { panel, stateDir, flags, tokens }
}

t.test(
  'register: a key of its own, the panel’s key pinned, all of it for root’s eyes only',
  async t => {
    const { panel, stateDir, flags } = await enrolled(t)
    await mkdir(join(stateDir, 'wanted'), { recursive: true })
    await writeFile(join(stateDir, 'wanted', 'of-another-node.json'), '{}')
    await mkdir(join(stateDir, 'console'))
    const { code, said } = await ask(register, { ...flags, json: true })
    t.equal(code, 0)
    t.match(JSON.parse(said), { nodeName: 'beta', panelUrl: `${panel.url}/` })
    const credentials = await readCredentials(stateDir)
    t.match(credentials, {
      panelKey: panel.keys.publicKey,
      panelId: panel.panelId,
      insecure: false
    })
    t.equal((await stat(join(stateDir, 'credentials.json'))).mode & 0o777, 0o600)
    t.same(
      (await readdir(stateDir)).sort(),
      ['console', 'credentials.json'],
      'of an earlier node only the places in the consoles are left'
    )
    await t.rejects(ask(register, flags), /already.*unregister/)
  }
)

t.test('register: an answer that was lost is asked for again with the same key', async t => {
  const { stateDir, flags } = await enrolled(t)
  await ask(register, flags)
  const first = await readCredentials(stateDir)
  const { privateKey, publicKey } = first?.key ?? { privateKey: '', publicKey: '' }
  const tokenId = flags.token.slice(4, 36)
  await rm(join(stateDir, 'credentials.json'))
  await writeFile(
    join(stateDir, 'enrolment.json'),
    JSON.stringify({ tokenId, publicKey, privateKey })
  )
  await ask(register, flags)
  t.equal((await readCredentials(stateDir))?.key.publicKey, publicKey)
  await rm(join(stateDir, 'credentials.json'))
  await t.rejects(ask(register, flags), /already used/, 'with another key it is refused')
})

t.test('register --again: the same node with a new key; a refusal changes nothing', async t => {
  const { panel, stateDir, flags, tokens } = await enrolled(t)
  await ask(register, flags)
  const read = () => readCredentials(stateDir)
  const first = await read()
  await mkdir(join(stateDir, 'wanted'))
  const withNewToken = () => {
    const token = newToken()
    tokens.add(token)
    return { ...flags, token, again: true }
  }
  t.match(await ask(register, { ...flags, again: true }), { code: 0, said: /still node "beta"/ })
  t.same(await read(), first, 'the very line again: what it was')

  const other = `${'A'.repeat(43)}=`
  await t.rejects(ask(register, { ...flags, again: true, token: newToken() }), /not known/)
  await t.rejects(ask(register, { ...withNewToken(), 'panel-key': other }), /already.*unregister/)
  t.same(await read(), first)

  const line = withNewToken()
  t.match(await ask(register, line), { code: 0 })
  const renewed = await read()
  t.not(renewed?.key.kid, first?.key.kid)
  t.equal(renewed?.nodeId, first?.nodeId)
  t.same((await readdir(stateDir)).sort(), ['credentials.json', 'wanted'], 'its records stay')
  await t.rejects(ask(register, { ...flags, again: true }), /already used/, 'the first line is old')

  const ofAlpha = { ...renewed, nodeId: panel.panelId, nodeName: 'alpha' }
  await writeFile(join(stateDir, 'credentials.json'), JSON.stringify(ofAlpha))
  await t.rejects(ask(register, withNewToken()), /for the node "beta".*this machine is "alpha"/)
  t.equal((await read())?.nodeName, 'alpha')
})

t.test('register: what is wrong is said, and nothing is stored', async t => {
  const { stateDir, flags } = await enrolled(t)
  const other = `${'A'.repeat(43)}=`
  const { 'panel-key': _, ...withoutKey } = flags
  const rows: [string, Flags, RegExp][] = [
    ['another panel', { ...flags, 'panel-key': other }, /another key.*nothing was stored/],
    ['no panel key', withoutKey, /--panel-key is missing/],
    ['half a panel key', { ...flags, 'panel-key': 'AAAA' }, /cut off/],
    ['no token', { ...flags, token: undefined }, /--token is missing/],
    ['half a token', { ...flags, token: 'cap_12' }, /no enrolment token/],
    ['an unknown token', { ...flags, token: newToken() }, /panel refused: The token is not known/],
    ['nobody there', { ...flags, panel: 'http://127.0.0.1:9' }, /could not be reached/],
    ['no TLS', { ...flags, panel: 'http://192.0.2.1' }, /without TLS/]
  ]
  for (const [name, wrong, words] of rows) await t.rejects(ask(register, wrong), words, name)
  t.equal(await readCredentials(stateDir), undefined)
  const trusting = { ...(await enrolled(t)).flags, 'panel-key': undefined }
  t.equal((await ask(register, { ...trusting, 'trust-on-first-use': true })).code, 0)
})

t.test('status, diagnose and unregister, with and without an agent that runs', async t => {
  const { stateDir, flags } = await enrolled(t)
  const dir = { 'state-dir': stateDir }
  t.match(await ask(status, dir), { code: 1, said: /no node yet/ })
  t.match(await ask(diagnose, dir), { code: 1, said: /PROBLEM {2}Credentials/ })
  await mkdir(join(stateDir, 'console'), { recursive: true })
  await writeFile(join(stateDir, 'console', 'one.json'), '{}')
  await ask(register, flags)
  t.match(await ask(status, dir), { code: 1, said: /does not run/ })

  const link = { connected: true, since: 'noon', epoch: 4, clockSkewMs: 3, reason: null }
  const servers = [{ serverId: 's', desired: 'RUNNING', state: 'CRASHED', reason: 'it crashed' }]
  const docker = { answers: true, problem: null }
  const socket = await serveStatus(stateDir, () => ({ link, docker, servers }))
  await t.rejects(
    serveStatus(stateDir, () => ({})),
    /Another agent runs/
  )
  t.match(await ask(status, dir), {
    code: 0,
    said: /beta[\s\S]*Connected since noon[\s\S]*CRASHED.*it crashed/
  })
  t.match(JSON.parse((await ask(status, { ...dir, json: true })).said), {
    agent: { link: { epoch: 4 } }
  })
  const found = JSON.parse((await ask(diagnose, { ...dir, json: true })).said).findings
  const names = found.map(({ what }: { what: string }) => what)
  t.same(names.slice(0, 2), ['Credentials', 'Agent'])
  t.match(
    found.find(({ what }: { what: string }) => what === 'WebSocket'),
    { ok: true, detail: /our panel/ }
  )
  t.match(found.at(-1), { what: 'Journal', ok: true })
  await t.rejects(ask(unregister, { ...dir, yes: true }), /stop it first/)
  await socket.close()
  t.equal(await askStatus(stateDir), undefined)
  await t.rejects(ask(unregister, dir), /--yes/)
  t.match(await ask(unregister, { ...dir, yes: true }), { code: 0, said: /run on/ })
  t.same(await readdir(stateDir), ['console'])
  t.same(await readFile(join(stateDir, 'console', 'one.json'), 'utf8'), '{}')
})

t.test('the status socket works in folders whose path is too long for a socket', async t => {
  const stateDir = join(await quickFolder(t), 'a-rather-long-name/'.repeat(8))
  await mkdir(stateDir, { recursive: true })
  const socket = await serveStatus(stateDir, () => ({ fine: true }))
  t.same(await askStatus(stateDir), { fine: true })
  await socket.close()
})

t.test('the environment is refused by the key’s name', async t => {
  t.throws(() => loadConfig({ LOG_LEVEL: 'loud' }), /LOG_LEVEL.*loud/)
  t.match(loadConfig({ CAP_ENROLLMENT_TOKEN: 'x' }), { logLevel: 'info', enrollmentToken: 'x' })
})

t.test('the program: help that teaches, exit codes, errors in one line', async t => {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
  const program = (...args: string[]) =>
    run(process.execPath, ['--import', 'tsx', main, ...args], { cwd: here }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (err: { code: number; stdout: string; stderr: string }) => err
    )
  const [help, runHelp, unknown, flag, none] = await Promise.all([
    program('--help'),
    program('run', '--help'),
    program('dance'),
    program('status', '--loud'),
    program('run', '--state-dir', await quickFolder(t))
  ])
  t.match(help, {
    code: 0,
    stdout: /register[\s\S]*run[\s\S]*status[\s\S]*diagnose[\s\S]*unregister[\s\S]*policy\.json/
  })
  t.match(runHelp, { code: 0, stdout: /--state-dir[\s\S]*Exit codes/ })
  t.match(unknown, {
    code: 2,
    stderr: /^ctrl-alt-play-agent: there is no command "dance"[^\n]*\n$/
  })
  t.match(flag, { code: 2, stderr: /^[^\n]*--loud[^\n]*\n$/ })
  t.match(none, { code: 1, stderr: /^[^\n]*no node yet[^\n]*\n$/ })
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  t.equal(manifest.version, AGENT_VERSION)
})
