import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { systemClock } from '../src/clock.ts'
import { type Credentials, readCredentials, writeCredentials } from '../src/state/credentials.ts'
import { emptyNotes } from '../src/state/notes.ts'
import { openState } from '../src/state/state.ts'
import { quickFolder } from './quick-folder.ts'
import { wantedProbe } from './wanted.ts'

const log = pino({ enabled: false })
const open = (dir: string) => openState(dir, { log, clock: systemClock })

/** A state folder as an agent leaves it, without its journal, which has a test of its own. */
async function stateFolder(t: Test) {
  const dir = await quickFolder(t)
  const wanted = wantedProbe({ installed: true })
  const { serverId } = wanted
  const state = await open(dir)
  await state.wanted.put(wanted)
  await state.notes.put(emptyNotes(serverId))
  const place = { containerId: 'c'.repeat(64), sinceNs: '1700000000000000000', skip: 1 }
  await state.cursors.put({ serverId, ...place, position: 9 })
  await state.lastEpoch.set(17)
  await state.close()
  const files = ['wanted', 'notes', 'console'].map(folder => `${folder}/${serverId}.json`)
  return { dir, wanted, files: [...files, 'epoch'] }
}

/** The text with each byte flipped in turn, then cut at each length. */
function* spoilt(whole: Buffer): Generator<Buffer> {
  for (let at = 0; at < whole.length; at++) {
    const bytes = Buffer.from(whole)
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at)
    yield bytes
  }
  for (let length = 0; length < whole.length; length++) yield whole.subarray(0, length)
}

t.test(
  'each record, with any byte spoilt or the end cut off: it starts, the rest counts',
  async t => {
    const { dir, wanted, files } = await stateFolder(t)
    for (const file of files) {
      const path = join(dir, file)
      const whole = await readFile(path)
      let count = 0
      for (const bytes of spoilt(whole)) {
        await writeFile(path, bytes)
        const state = await open(dir)
        count++
        const read = [state.wanted.all(), state.notes.loaded, state.cursors.loaded]
        if (read.flat().length < 2) t.fail(`${file}, ${count}: others are lost with it`)
        if (!file.startsWith('wanted') && state.wanted.get(wanted.serverId) === undefined) {
          t.fail(`${file}, ${count}: what is wanted is lost`)
        }
        if (!Number.isSafeInteger(state.lastEpoch.get())) t.fail(`${file}, ${count}: no epoch`)
        await state.close()
      }
      t.equal(count, 2 * whole.length, file)
      await writeFile(path, whole)
    }
  }
)

t.test('a journal that is gone is as lost as a damaged one, and that is said once', async t => {
  const losses: [string, (path: string) => Promise<void>][] = [
    ['gone', path => rm(path)],
    ['empty', path => truncate(path, 0)],
    ['cut in its head', path => truncate(path, 5)]
  ]
  for (const [what, lose] of losses) {
    const { dir } = await stateFolder(t)
    await lose(join(dir, 'journal'))
    for (const start of ['at first', 'until the panel knows it']) {
      const state = await open(dir)
      t.ok(state.journal.isLost(), `${what}: ${start}`)
      if (start !== 'at first') await state.journal.lossKnown()
      await state.close()
    }
    const next = await open(dir)
    t.notOk(next.journal.isLost(), `${what}: then no more`)
    await next.close()
  }
  const dir = await quickFolder(t)
  for (const start of ['first', 'second']) {
    const state = await open(dir)
    t.notOk(state.journal.isLost(), `nobody has lost anything at the ${start} start of all`)
    await state.close()
  }
})

t.test('a folder that is gone, or full of what is not ours: it starts', async t => {
  const { dir, wanted } = await stateFolder(t)
  for (const folder of ['wanted', 'notes', 'console']) {
    await rm(join(dir, folder), { recursive: true })
    await mkdir(join(dir, folder))
    await writeFile(join(dir, folder, `${randomUUID()}.json`), '{}')
    await writeFile(join(dir, folder, 'README'), 'not ours')
  }
  const state = await open(dir)
  t.same([...state.wanted.all(), ...state.notes.loaded, ...state.cursors.loaded], [])
  t.ok(await state.wanted.put(wanted), 'and is told anew')
  await state.close()
  const names = await readdir(join(dir, 'wanted'))
  t.equal(names.filter(name => name.endsWith('.damaged')).length, 1, 'kept aside for a person')
  await rm(dir, { recursive: true })
  await (await open(dir)).close()
})

t.test(
  'credentials, with any byte spoilt or the end cut off: whole, or a way out in words',
  async t => {
    const dir = await quickFolder(t)
    const key = {
      kid: 'k'.repeat(16),
      publicKey: `${'A'.repeat(43)}=`,
      privateKey: `${'B'.repeat(43)}=`
    }
    const credentials: Credentials = {
      nodeId: randomUUID(),
      nodeName: 'alpha',
      panelUrl: 'https://panel.example',
      panelId: randomUUID(),
      panelKey: `${'C'.repeat(43)}=`,
      dataDir: '/var/lib/ctrl-alt-play',
      insecure: false,
      key: { ...key, createdAt: new Date(0).toISOString() }
    }
    await writeCredentials(dir, credentials)
    const path = join(dir, 'credentials.json')
    const whole = await readFile(path)
    let refused = 0
    for (const bytes of spoilt(whole)) {
      await writeFile(path, bytes)
      const outcome = await readCredentials(dir).catch((err: Error) => err.message)
      if (typeof outcome !== 'string') continue
      if (!/damaged.*unregister --yes.*enrol/.test(outcome)) t.fail(outcome)
      refused++
    }
    t.ok(refused > whole.length, `${refused} were refused`)
    await writeFile(path, whole)
    t.same(await readCredentials(dir), credentials)
  }
)
