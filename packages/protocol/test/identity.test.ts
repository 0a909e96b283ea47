import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import {
  type AuthFields,
  authTranscript,
  createKeyPair,
  enrolledTranscript,
  enrollTranscript,
  keyIdOf,
  parseEnrollmentToken,
  rotateTranscript,
  sign,
  verify,
  welcomeTranscript
} from '../src/index.ts'

const auth: AuthFields = {
  panelId: 'p',
  nodeId: 'n',
  kid: 'k',
  panelNonce: 'a',
  agentNonce: 'b',
  instanceId: 'i',
  lastEpoch: 3,
  protocol: { min: 1, max: 1 }
}

t.test('a signature holds for its key and its text alone', async t => {
  const keys = createKeyPair()
  const bytes = authTranscript(auth)
  const signature = sign(keys, bytes)
  t.ok(verify(keys.publicKey, bytes, signature))
  t.notOk(verify(createKeyPair().publicKey, bytes, signature), 'another key')
  t.notOk(verify('nonsense', bytes, signature), 'no key at all')
  t.notOk(verify(keys.publicKey, bytes, 'nonsense'), 'no signature at all')
  t.match(keyIdOf(keys.publicKey), /^[A-Za-z0-9_-]{16}$/)
})

t.test('keys can be made at any moment, also while memory is cleared', async t => {
  const source = new URL('../src/identity.ts', import.meta.url)
  const program = `const { createKeyPair, sign, verify } = await import('${source}')
    for (let made = 0; made < 20_000; made++) createKeyPair()
    const keys = createKeyPair()
    console.log(verify(keys.publicKey, Buffer.from('x'), sign(keys, Buffer.from('x'))))`
  // Little room for young objects: it is cleared all the time.
  const flags = ['--max-semi-space-size=1', '--import', import.meta.resolve('tsx')]
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, '--input-type=module', '-e', program],
    { timeout: 60_000, killSignal: 'SIGKILL' }
  )
  t.equal(stdout, 'true\n')
})

t.test('no two transcripts are the same: a signature for one purpose serves no other', async t => {
  const texts = [
    authTranscript(auth),
    authTranscript({ ...auth, lastEpoch: 4 }),
    authTranscript({ ...auth, panelNonce: 'b', agentNonce: 'a' }),
    authTranscript({ ...auth, protocol: { min: 1, max: 2 } }),
    welcomeTranscript({ ...auth, epoch: 4, agreed: 1 }),
    welcomeTranscript({ ...auth, epoch: 1, agreed: 4 }),
    enrollTranscript({ tokenId: 'p', publicKey: 'n' }),
    enrolledTranscript({ tokenId: 'p', publicKey: 'n', nodeId: 'k', kid: 'a', panelId: 'b' }),
    rotateTranscript({ nodeId: 'p', oldKid: 'n', publicKey: 'k', epoch: 1 })
  ].map(String)
  t.equal(new Set(texts).size, texts.length)
})

t.test('an enrolment token is read whole or not at all', async t => {
  const secret = 'A'.repeat(43)
  t.same(parseEnrollmentToken(`cap_${'0'.repeat(32)}.${secret}`), { id: '0'.repeat(32), secret })
  for (const bad of [
    '',
    'cap_',
    `cap_${'0'.repeat(31)}.${secret}`,
    `cap_${'0'.repeat(32)}.${secret}A`
  ]) {
    t.equal(parseEnrollmentToken(bad), undefined, bad)
  }
})
