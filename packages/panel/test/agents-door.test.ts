import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AgentBody,
  authTranscript,
  type ConsoleFrame,
  createKeyPair,
  encodeConsoleFrame,
  enrolledTranscript,
  keyIdOf,
  parseEnrollmentToken,
  rotateTranscript,
  sign,
  verify
} from '@ctrl-alt-play/protocol'
import t from 'tap'
import { createAgents } from '../src/agents/agents.ts'
import { loadPanelIdentity } from '../src/agents/identity-file.ts'
import { createNodeFacts } from '../src/agents/node-facts.ts'
import { createRegistry } from '../src/agents/registry.ts'
import { createTwinDetector } from '../src/agents/twins.ts'
import {
  act,
  addMachine,
  addNode,
  addServer,
  commandRow,
  enroll,
  joinMachine,
  newToken,
  nodeRow,
  openWorld,
  restartPanel,
  serverRow
} from './agent-world.ts'
import {
  authenticate,
  connect,
  type FakeMachine,
  helloBody,
  newInstance,
  type OpenCommand,
  opened,
  openSocket,
  report,
  resources
} from './fake-agent.ts'
import { until } from './helper.ts'

t.test("the panel's identity is made once, for itself alone, and is never guessed", async t => {
  const dir = await mkdtemp(join(tmpdir(), 'cap-identity-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  const file = join(dir, 'panel-identity.json')
  const made = await Promise.all([1, 2, 3].map(() => loadPanelIdentity(dir)))
  t.same(made[1], made[0], 'panels that start at once agree')
  t.same(made[2], made[0])
  t.same(await loadPanelIdentity(dir), made[0], 'and it stays')
  t.equal((await stat(file)).mode & 0o777, 0o600)
  const text = await readFile(file, 'utf8')
  const other = createKeyPair().privateKey
  const half = { panelId: made[0]?.panelId, keys: { ...made[0]?.keys, privateKey: other } }
  for (const damaged of [text.slice(0, 50), '{}', JSON.stringify(half)]) {
    await writeFile(file, damaged)
    await t.rejects(loadPanelIdentity(dir), /is damaged: restore it from a backup/)
  }
})

t.test('enrolment: one token, one key', async t => {
  const world = await openWorld(t)
  const nodeId = await addNode(world, 'alpha')
  const keysOf = async () => world.db.prisma.agent.findMany({ where: { nodeId } })

  await t.test('the answer is signed, and is the same again for the same key', async t => {
    const token = await newToken(world, nodeId)
    const keys = createKeyPair()
    const { status, body } = await enroll(world, token, keys)
    t.equal(status, 200)
    t.match(body, { nodeId, nodeName: 'alpha', kid: keyIdOf(keys.publicKey) })
    const tokenId = parseEnrollmentToken(token)?.id ?? ''
    const { panelId } = world.identity
    const signed = { tokenId, publicKey: keys.publicKey, nodeId, kid: body.kid, panelId }
    t.ok(verify(world.identity.keys.publicKey, enrolledTranscript(signed), body.signature))
    t.same((await enroll(world, token, keys)).body, body, 'a lost answer costs nothing')

    const thief = await enroll(world, token, createKeyPair())
    t.match(thief, { status: 409, body: { code: 'ENROLLMENT_TOKEN_USED' } })
    t.match(world.audited.at(-1), { action: 'security.enrollment.refused' })
    t.equal((await keysOf()).length, 1)
    const stored = await world.db.prisma.enrollmentToken.findFirstOrThrow({ where: { nodeId } })
    t.notMatch(JSON.stringify(stored), token.split('.')[1] ?? '', 'the secret is not kept')
  })

  await t.test('a further token retires the key before', async t => {
    const [first] = await keysOf()
    const keys = createKeyPair()
    t.equal((await enroll(world, await newToken(world, nodeId), keys)).status, 200)
    const rows = await keysOf()
    t.equal(rows.find(row => row.id === first?.id)?.status, 'RETIRED')
    t.equal(rows.find(row => row.kid === keyIdOf(keys.publicKey))?.status, 'ACTIVE')
  })

  await t.test('fifty at once with one key are one key, with fifty keys too', async t => {
    const before = (await keysOf()).length
    const token = await newToken(world, nodeId)
    const keys = createKeyPair()
    const same = await Promise.all(Array.from({ length: 25 }, () => enroll(world, token, keys)))
    // The address may be refused after thirty in a minute: that is no answer to the race.
    t.ok(same.every(({ status }) => status === 200 || status === 429))
    t.equal((await keysOf()).length, before + 1)
    const { enrollment } = world.link
    const contested = await newToken(world, nodeId)
    const tokenId = parseEnrollmentToken(contested)?.id ?? ''
    const racers = Array.from({ length: 50 }, () => createKeyPair())
    const outcomes = await Promise.allSettled(
      racers.map(racer => {
        const { publicKey } = racer
        const proof = sign(racer, enrollTranscriptOf(tokenId, publicKey))
        const request = { token: contested, publicKey, proof, machine: helloBody().machine }
        return enrollment.enroll(request, '192.0.2.1')
      })
    )
    t.equal(outcomes.filter(outcome => outcome.status === 'fulfilled').length, 1)
    t.equal((await keysOf()).length, before + 2)
    t.equal((await keysOf()).filter(row => row.status === 'ACTIVE').length, 1)
  })

  await t.test('what is wrong is refused and changes nothing', async t => {
    const { enrollment } = world.link
    const before = await keysOf()
    const token = await newToken(world, nodeId)
    const tokenId = parseEnrollmentToken(token)?.id ?? ''
    const keys = createKeyPair()
    const { publicKey } = keys
    const machine = helloBody().machine
    const proof = sign(keys, enrollTranscriptOf(tokenId, publicKey))
    const good = { token, publicKey, proof, machine }
    const otherSecret = `${token.split('.')[0]}.${'A'.repeat(43)}`
    const otherProof = sign(createKeyPair(), enrollTranscriptOf(tokenId, publicKey))
    const rows: [string, typeof good, string][] = [
      ['another secret', { ...good, token: otherSecret }, 'ENROLLMENT_REFUSED'],
      ['a proof by another key', { ...good, proof: otherProof }, 'ENROLLMENT_REFUSED'],
      ['an unknown token', { ...good, ...unknownToken(keys) }, 'ENROLLMENT_REFUSED']
    ]
    for (const [what, request, code] of rows) {
      await t.rejects(enrollment.enroll(request, '192.0.2.2'), { code }, what)
    }
    const revoked = before.find(row => row.status === 'ACTIVE')
    t.ok(revoked)
    await world.db.prisma
      .$executeRaw`UPDATE "EnrollmentToken" SET "expiresAt" = now() - interval '1 second'`
    await t.rejects(enrollment.enroll(good, '192.0.2.2'), { code: 'ENROLLMENT_TOKEN_EXPIRED' })
    t.same(await keysOf(), before)
  })

  await t.test('a key that was revoked, or that another node has, does not come back', async t => {
    const keys = createKeyPair()
    t.equal((await enrollDirectly(await newToken(world, nodeId), keys)).nodeId, nodeId)
    const other = await addNode(world, 'beta')
    const rejection = { code: 'ENROLLMENT_KEY_TAKEN' }
    await t.rejects(enrollDirectly(await newToken(world, other), keys), rejection)
    const kid = keyIdOf(keys.publicKey)
    await world.db.prisma.agent.update({ where: { kid }, data: { revokedAt: new Date() } })
    await t.rejects(enrollDirectly(await newToken(world, nodeId), keys), rejection)
  })

  function enrollDirectly(token: string, keys: ReturnType<typeof createKeyPair>) {
    const tokenId = parseEnrollmentToken(token)?.id ?? ''
    const { publicKey } = keys
    const proof = sign(keys, enrollTranscriptOf(tokenId, publicKey))
    const request = { token, publicKey, proof, machine: helloBody().machine }
    return world.link.enrollment.enroll(request, '192.0.2.3')
  }
})

t.test('the door opens to a proven key only', async t => {
  const world = await openWorld(t, { timing: { handshakeMs: 300 } })
  const machine = await addMachine(world)
  const { nodeId } = machine

  await t.test('a session gets the next epoch and the node is ONLINE', async t => {
    const session = await connect(machine)
    t.equal(session.epoch, 1)
    t.match(await nodeRow(world, nodeId), { status: 'ONLINE', sessionEpoch: 1n })
    await until('it is ready', () => world.link.agents.isOnline(nodeId))
    const row = await nodeRow(world, nodeId)
    t.match(row, { agentVersion: '0.1.0', ownerReplica: world.identity.panelId })
    session.cut()
    await until('it is gone', () => !world.link.agents.isOnline(nodeId))
    t.equal((await nodeRow(world, nodeId)).status, 'ONLINE', 'a moment of silence is no news')
  })

  await t.test('a restored database goes on above the epoch that the agent has seen', async t => {
    machine.lastEpoch = 41
    const session = await connect(machine)
    t.equal(session.epoch, 42)
    session.cut()
  })

  const captured: { auth?: AgentBody<'auth'> } = {}
  const wrong: [string, (auth: AgentBody<'auth'>) => AgentBody<'auth'>, RegExp][] = [
    ['another node', auth => ({ ...auth, nodeId: newInstance() }), /^Error: 4401/],
    ['an unknown key', auth => ({ ...auth, kid: 'A'.repeat(16) }), /^Error: 4401/],
    ['a signature by another key', auth => ({ ...auth, ...forged(auth) }), /^Error: 4401/],
    ['an epoch that was not signed', auth => ({ ...auth, lastEpoch: 7_000 }), /^Error: 4401/],
    ['versions that were not signed', auth => ({ ...auth, protocol: spoken(2) }), /^Error: 4401/],
    ['another instance', auth => ({ ...auth, instanceId: newInstance() }), /^Error: 4401/]
  ]
  for (const [what, forge, code] of wrong) {
    await t.test(`${what} is refused and audited`, async t => {
      const { sessionEpoch } = await nodeRow(world, nodeId)
      const remember = (auth: AgentBody<'auth'>) => {
        captured.auth = auth
        return forge(auth)
      }
      await t.rejects(authenticate(machine, remember).catch(asText), code)
      t.match(world.audited.at(-1), { action: 'security.agent.refused', ip: '127.0.0.1' })
      t.equal((await nodeRow(world, nodeId)).sessionEpoch, sessionEpoch, 'no epoch was spent')
    })
  }

  await t.test('sixty 23: a captured answer opens nothing a second time', async t => {
    const replayed = captured.auth
    if (!replayed) return t.fail('nothing was captured')
    await t.rejects(authenticate(machine, () => replayed).catch(asText), /^Error: 4401/)
  })

  await t.test('an impossible epoch would use the counter up', async t => {
    const greedy = { ...machine, lastEpoch: Number.MAX_SAFE_INTEGER }
    await t.rejects(authenticate(greedy).catch(asText), /^Error: 4400/)
  })

  await t.test('an agent without a version in common is told so, and is seen', async t => {
    await world.db.prisma.node.update({ where: { id: nodeId }, data: { lastSeen: null } })
    const stream = openSocket(world.url)
    const challenge = await stream.hear('challenge')
    stream.say('auth', signedAuth(machine, challenge, spoken(99)))
    const reason = /games keep running; upgrade the panel: .* 1 to 1, the agent 99 to 99/
    t.match(await stream.closed, { code: 4426, reason })
    t.ok((await nodeRow(world, nodeId)).lastSeen)
    t.match(world.link.agents.refusal(nodeId), reason, 'and people are told')
    await connect(machine)
    t.equal(world.link.agents.refusal(nodeId), undefined, 'until it has been upgraded')
  })

  await t.test('noise, silence, size and the wrong protocol end it', async t => {
    const noise = openSocket(world.url)
    await noise.hear('challenge')
    noise.sayText('{"hello":1}')
    t.match(await noise.closed, { code: 4400 })

    const early = openSocket(world.url)
    await early.hear('challenge')
    early.say('hello', helloBody())
    t.match(await early.closed, { code: 4400 })

    const binary = openSocket(world.url)
    await binary.hear('challenge')
    binary.sayText(Buffer.alloc(20))
    t.match(await binary.closed, { code: 4400 })

    const large = openSocket(world.url)
    await large.hear('challenge')
    large.sayText('x'.repeat(5_000))
    t.match(await large.closed, { code: 1009 })

    const slow = openSocket(world.url)
    await slow.hear('challenge')
    t.match(await slow.closed, { code: 4408 })

    const strange = openSocket(world.url, 'something.else')
    t.match(await strange.closed, { code: 1006 })
    const plain = await fetch(`${world.url}/agent/v1/connect`)
    t.equal(plain.status, 400)
  })

  await t.test('sixty 45: a revoked key is cut off, and does not come back', async t => {
    const session = await connect(machine)
    const kid = keyIdOf(machine.keys.publicKey)
    await world.db.prisma.agent.update({ where: { kid }, data: { revokedAt: new Date() } })
    world.link.agents.revoke(nodeId)
    t.match(await session.closed, { code: 4403 })
    t.notOk(world.link.agents.isOnline(nodeId))
    await t.rejects(authenticate(machine).catch(asText), /^Error: 4403/)

    const again = await joinMachine(world, nodeId)
    const other = await connect(again)
    const newKid = keyIdOf(again.keys.publicKey)
    await world.db.prisma.agent.update({
      where: { kid: newKid },
      data: { revokedAt: new Date(), status: 'RETIRED' }
    })
    await world.link.sweep()
    t.match(await other.closed, { code: 4403 }, 'also when nobody told the link')
  })

  await t.test('enrolling anew ends the session of the key before', async t => {
    const first = await joinMachine(world, nodeId)
    const session = await connect(first)
    const second = await joinMachine(world, nodeId)
    t.match(await session.closed, { code: 4403, reason: /enrolled anew/ })
    await t.rejects(authenticate(first).catch(asText), /^Error: 4403/)
    t.ok(await connect(second))
  })
})

t.test('strangers at the door are counted', async t => {
  const world = await openWorld(t)
  const strangers = Array.from({ length: 400 }, () => openSocket(world.url))
  await Promise.all(strangers.map(stranger => opened(stranger.socket)))
  const more = openSocket(world.url)
  const refused = await new Promise<{ status: number | undefined; retryAfter: unknown }>(
    resolve => {
      more.socket.on('unexpected-response', (_, response) => {
        resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'] })
      })
    }
  )
  t.match(refused, { status: 503, retryAfter: /^\d+$/ })
  for (const stranger of strangers) stranger.cut()
  const machine = await addMachine(world)
  await until('there is room again', () => connect(machine).catch(() => undefined))
})

t.test('keys change without a moment in which none works', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const { nodeId } = machine
  const session = await connect(machine)
  const next = createKeyPair()
  const oldKid = keyIdOf(machine.keys.publicKey)
  const { publicKey } = next
  const transcript = rotateTranscript({ nodeId, oldKid, publicKey, epoch: session.epoch })
  const signatureOld = sign(machine.keys, transcript)
  const signatureNew = sign(next, transcript)
  session.say('key.rotate', { publicKey, signatureOld, signatureNew })
  t.equal((await session.hear('key.accepted')).kid, keyIdOf(publicKey))
  session.say('key.rotate', { publicKey, signatureOld, signatureNew })
  t.equal((await session.hear('key.accepted')).kid, keyIdOf(publicKey), 'a lost answer is repeated')
  session.cut()

  const withOld = await connect(machine)
  t.ok(withOld, 'the old key works until the new one has')
  const rotated: FakeMachine = { ...machine, keys: next }
  const withNew = await connect(rotated)
  t.match(await withOld.closed, { code: 4409 })
  await t.rejects(authenticate(machine).catch(asText), /^Error: 4403/)
  const rows = await world.db.prisma.agent.findMany({ where: { nodeId } })
  t.same(rows.map(row => row.status).sort(), ['ACTIVE', 'RETIRED'])

  withNew.say('key.rotate', { publicKey, signatureOld, signatureNew })
  t.match(await withNew.closed, { code: 4400 })
  t.match(world.audited.at(-1), { action: 'security.agent.key-refused', actorId: nodeId })
})

t.test('a newer session wins, and the older one changes nothing any more', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const serverId = await addServer(world, machine.nodeId)
  const older = await connect(machine, { servers: [report(serverId)] })
  const command = await act(world, serverId, 'start')
  await older.hear('command')
  await world.link.flush()

  // Another panel's session: this one does not hear of it.
  await world.db.prisma.node.update({
    where: { id: machine.nodeId },
    data: { sessionEpoch: { increment: 1 } }
  })
  older.say('report', { servers: [report(serverId, { state: 'CRASHED' })] })
  older.say('events', {
    events: [{ seq: 1, serverId, at: '2026-03-01T10:00:00Z', code: 'X', message: 'x' }]
  })
  await older.hear('events.stored')
  older.frame({ type: 'chunk', serverId, start: 0, lines: [line('forged')] })
  older.say('command.result', { id: command.id, outcome: { status: 'SUCCEEDED' } })
  t.match(await older.closed, { code: 4409 })
  await world.link.flush()
  t.equal((await serverRow(world, serverId)).status, 'RUNNING')
  t.equal((await serverRow(world, serverId)).consoleEnd, 0n)
  t.equal((await commandRow(world, command.id)).status, 'DISPATCHED')
  t.equal(await world.db.prisma.serverLog.count(), 0)

  const again = await connect(machine)
  t.equal(again.epoch, 3)
  await t.test('a heartbeat that changes no row ends its session', async t => {
    await world.db.prisma.node.update({
      where: { id: machine.nodeId },
      data: { sessionEpoch: { increment: 1 } }
    })
    again.say('heartbeat', { resources: resources() })
    await until('it is there', () => world.link.agents.newestResources(machine.nodeId))
    await world.link.tick()
    t.match(await again.closed, { code: 4409 })
  })
  await t.test('and so does the next connection of the same node', async t => {
    const first = await connect(machine)
    const second = await connect(machine)
    t.match(await first.closed, { code: 4409 })
    t.equal(second.epoch, first.epoch + 1)
    await until('it is ready', () => world.link.agents.isOnline(machine.nodeId))
  })
})

t.test('sixty 46: one key in two places', async t => {
  const rows: [string, string, boolean][] = [
    ['an agent that dials again', 'AAAAAA', false],
    ['an agent that starts again and again', 'ABCDEF', false],
    ['one that starts again and dials again', 'AABBCC', false],
    ['a late connection of the instance before', 'ABA', false],
    ['two agents that take turns', 'ABAB', true],
    ['two agents, one of which starts again', 'ABACA', true]
  ]
  for (const [what, turns, expected] of rows) {
    const twins = createTwinDetector()
    const found = [...turns].map((instance, at) => twins.seen('node', instance, at * 5_000))
    t.equal(found.some(Boolean), expected, what)
  }
  const slow = createTwinDetector()
  t.notOk([...'ABABAB'].some((instance, at) => slow.seen('node', instance, at * 61_000)))

  const world = await openWorld(t)
  const machine = await addMachine(world)
  const twin: FakeMachine = { ...machine, instanceId: newInstance() }
  const serverId = await addServer(world, machine.nodeId)
  for (const one of [machine, twin, machine]) await connect(one, { servers: [report(serverId)] })
  const last = await authenticate(twin)
  t.equal((await nodeRow(world, machine.nodeId)).status, 'QUARANTINED')
  t.match(world.audited.at(-1), { action: 'security.node.quarantined', actorId: machine.nodeId })
  t.match(world.published.slice(-2), [
    { type: 'node.status', status: 'QUARANTINED' },
    { type: 'server.status', serverId, status: 'UNKNOWN' }
  ])

  const command = await act(world, serverId, 'start')
  last.say('hello', helloBody())
  last.say('snapshot', {
    servers: [report(serverId, { state: 'CRASHED' })],
    commands: [],
    orphans: [],
    last: true
  })
  last.say('heartbeat', { resources: resources() })
  await until('its pulse is taken', () => world.link.agents.newestResources(machine.nodeId))
  await world.link.sweep()
  await world.link.tick()
  t.notOk(world.link.agents.isOnline(machine.nodeId))
  t.same(last.heard('command'), [], 'no commands')
  t.equal((await commandRow(world, command.id)).status, 'QUEUED')
  t.match(
    await serverRow(world, serverId),
    { status: 'UNKNOWN', lastKnownStatus: 'RUNNING' },
    'and nothing of it is believed'
  )
  t.equal((await nodeRow(world, machine.nodeId)).status, 'QUARANTINED', 'a pulse does not lift it')

  const clean = await joinMachine(world, machine.nodeId)
  const session = await connect(clean)
  t.equal((await nodeRow(world, machine.nodeId)).status, 'ONLINE', 'enrolling anew does')
  t.equal((await session.hear('command')).id, command.id)
})

t.test('a revocation counts for those who were just coming', async t => {
  let nowMs = 0
  const agents = createAgents({
    registry: createRegistry(),
    outbox: { pushWanted: async () => undefined },
    facts: createNodeFacts(() => nowMs),
    now: () => nowMs
  })
  agents.revoke('one')
  t.ok(agents.wasRevokedSince('one', 0))
  t.notOk(agents.wasRevokedSince('one', 1), 'who asked later was enrolled anew')
  nowMs = 3_600_000
  agents.revoke('other')
  t.notOk(agents.wasRevokedSince('one', 0), 'old ones are forgotten')
  t.ok(agents.wasRevokedSince('other', 3_599_999))
})

t.test(
  "sixty 44: a node that speaks of another's servers or commands is cut off and audited",
  async t => {
    const world = await openWorld(t)
    const alpha = await addMachine(world, 'alpha')
    const beta = await addMachine(world, 'beta')
    const own = await addServer(world, alpha.nodeId)
    const foreign = await addServer(world, beta.nodeId)
    const command = await act(world, foreign, 'start')
    const at = '2026-03-01T10:00:00Z'
    const stats = { cpuPercent: 1, memoryMiB: 1, networkRxBytes: 0, networkTxBytes: 0 }
    const sample = { serverId: foreign, at, ...stats, diskMiB: 1, uptimeSeconds: 1 }
    const happening = { seq: 1, serverId: foreign, at, code: 'X', message: 'x' }
    const outcome = { status: 'SUCCEEDED' } as const
    const progress = { phase: 'PULLING' } as const
    const rows: [string, (session: Awaited<ReturnType<typeof connect>>) => void][] = [
      ['report', session => session.say('report', { servers: [report(own), report(foreign)] })],
      ['stats', session => session.say('stats', { servers: [sample] })],
      ['events', session => session.say('events', { events: [happening] })],
      ['console', session => session.frame(chunk(foreign))],
      ['ack', session => session.say('command.ack', { id: command.id })],
      ['progress', session => session.say('command.progress', { id: command.id, progress })],
      ['result', session => session.say('command.result', { id: command.id, outcome })],
      [
        'snapshot',
        session =>
          session.say('snapshot', {
            servers: [report(foreign)],
            commands: [],
            orphans: [],
            last: true
          })
      ]
    ]
    for (const [what, say] of rows) {
      const before = world.audited.length
      const session = await connect(alpha)
      say(session)
      t.match(await session.closed, { code: 4400 }, what)
      t.match(
        world.audited.slice(before),
        [{ action: /^security\.agent\.foreign-/, actorId: alpha.nodeId, ip: '127.0.0.1' }],
        what
      )
    }
    const forger = await authenticate(alpha)
    forger.say('hello', helloBody())
    const open = [{ id: command.id, state: 'DONE', outcome }] as const
    forger.say('snapshot', { servers: [], commands: [...open], orphans: [], last: true })
    t.match(await forger.closed, { code: 4400 }, 'a command in the journal')

    await world.link.flush()
    t.equal((await serverRow(world, foreign)).status, 'STOPPED')
    t.equal((await serverRow(world, foreign)).consoleEnd, 0n)
    t.equal((await commandRow(world, command.id)).status, 'QUEUED')
    t.equal(world.link.agents.newestStats(foreign), undefined)

    await t.test('what no panel knows is an orphan, not an offence', async t => {
      const stray = newInstance()
      const session = await connect(alpha, { servers: [report(stray), report(own)] })
      t.match(world.link.agents.orphans(alpha.nodeId), [
        { name: `cap-${stray}`, running: true, reason: /no such server/ }
      ])
      session.say('stats', { servers: [{ ...sample, serverId: stray }] })
      session.say('heartbeat', { resources: resources() })
      await until('it goes on', () => world.link.agents.newestResources(alpha.nodeId))
      await until('it is ready', () => world.link.agents.isOnline(alpha.nodeId))
    })

    await t.test('an agent that talks nonsense is sent away', async t => {
      for (const text of ['{', '{"v":1,"id":"1","type":"report","body":{}}', 'x'.repeat(70_000)]) {
        const session = await connect(alpha)
        session.socket.send(text)
        t.match((await session.closed).code, /^(4400|1009)$/)
      }
      const session = await connect(alpha)
      session.socket.send(Buffer.alloc(40, 9))
      t.match(await session.closed, { code: 4400 })
      const unknown = await connect(alpha)
      unknown.socket.send('{"v":1,"id":"1","type":"news","must":false,"body":{}}')
      unknown.say('heartbeat', { resources: resources({ cpuCores: 3 }) })
      await until(
        'a newer message is ignored',
        () => world.link.agents.newestResources(alpha.nodeId)?.cpuCores === 3
      )
    })
  }
)

t.test('sixty 48: whatever one node sends, the panel stays and the others are heard', async t => {
  const world = await openWorld(t)
  const alpha = await addMachine(world, 'alpha')
  const beta = await addMachine(world, 'beta')
  const serverId = await addServer(world, alpha.nodeId)
  const other = await addServer(world, beta.nodeId)
  const steady = await connect(beta)

  await t.test('values that fit the schema and no column', async t => {
    const machine = { ...helloBody().machine, hostname: 'a\0b', agentVersion: '1\ud800' }
    const session = await authenticate(alpha)
    session.say('hello', { ...helloBody(), machine })
    session.say('snapshot', { servers: [], commands: [], orphans: [], last: true })
    await session.hear('wanted')
    const docker = { apiVersion: '1', liveRestore: true, storageDriver: '\0', cgroupVersion: '2' }
    session.say('heartbeat', {
      resources: resources({ docker: { ...docker, version: '\udfff\0x' }, uptimeSeconds: 1e300 })
    })
    const huge = { generation: 1e300, crashCount: 1e300, reason: '\0a\ud83dz' }
    session.say('report', { servers: [report(serverId, huge)] })
    steady.say('report', { servers: [report(other)] })
    session.frame({
      ...{ type: 'chunk', serverId, start: 2 ** 47 },
      lines: [{ ...line('late'), atMs: 2 ** 48 - 1 }]
    })
    await session.hear('console.stored')
    const command = await act(world, serverId, 'start')
    await session.hear('command')
    const result = { 'k\0': ['\0', '\ud800'], deep: JSON.parse('['.repeat(60) + ']'.repeat(60)) }
    const outcome = { status: 'SUCCEEDED', message: '\0', result } as const
    session.say('command.result', { id: command.id, outcome })
    await session.hear('command.confirm')
    t.match(await commandRow(world, command.id), { result: { k: ['', '\ufffd'] } })
    await world.link.flush()
    await world.link.tick()
    t.match(await serverRow(world, serverId), {
      status: 'RUNNING',
      crashCount: 2 ** 31 - 1,
      statusReason: 'a\ufffdz'
    })
    t.equal((await serverRow(world, other)).status, 'RUNNING')
    t.match(await nodeRow(world, alpha.nodeId), {
      agentVersion: '1\ufffd',
      resources: { docker: { version: '\ufffdx' } }
    })
    session.cut()
  })

  await t.test('a snapshot that has no end', async t => {
    const entryWith = (characters: number): OpenCommand => ({
      ...{ id: randomUUID(), state: 'DONE' },
      outcome: { status: 'SUCCEEDED', result: { log: 'x'.repeat(characters) } }
    })
    const part = (...commands: OpenCommand[]) => ({ servers: [], commands, orphans: [] })
    const session = await authenticate(alpha)
    session.say('hello', helloBody())
    for (let count = 0; count < 300; count++) {
      session.say('snapshot', { ...part(entryWith(60_000)), last: false })
    }
    const own = await act(world, serverId, 'start')
    const last = { ...entryWith(60_000), id: own.id }
    session.say('snapshot', { ...part(last), last: true })
    await session.hear('command.confirm', ({ ids }) => ids.includes(own.id))
    t.match(
      await commandRow(world, own.id),
      { status: 'SUCCEEDED', result: { tooLarge: true } },
      'a result that is too large is let go of at once'
    )

    const endless = await authenticate(alpha)
    endless.say('hello', helloBody())
    let told = 0
    while (endless.socket.readyState === endless.socket.OPEN && told < 1_000) {
      endless.say('snapshot', {
        ...part(...Array.from({ length: 8 }, () => entryWith(7_900))),
        last: false
      })
      told++
      await new Promise<void>(resolve => endless.socket.ping(resolve))
    }
    t.match(await endless.closed, { code: 1009 })
    t.ok(told > (8 * 2 ** 20) / 65_536, `after ${told} messages`)
  })

  await t.test('a thousand damaged messages', async t => {
    const folder = new URL('../../protocol/test/golden/v1/', import.meta.url)
    const names = (await readdir(folder)).filter(name => name.startsWith('agent.'))
    const golden = await Promise.all(names.map(name => readFile(new URL(name, folder), 'utf8')))
    const random = seeded(20_260_301)
    let session = await connect(alpha)
    for (let count = 0; count < 1_000; count++) {
      if (session.socket.readyState !== session.socket.OPEN) session = await connect(alpha)
      const text = golden[random(golden.length)] ?? ''
      session.socket.send(random(3) === 0 ? damagedBytes(random) : damagedText(text, random))
      if (random(4) === 0) await new Promise(resolve => setImmediate(resolve))
    }
    session.cut()
    const { cpuCores } = { cpuCores: 321 }
    steady.say('heartbeat', { resources: resources({ cpuCores }) })
    await until(
      'the other node is heard',
      () => world.link.agents.newestResources(beta.nodeId)?.cpuCores === cpuCores
    )
    t.equal((await serverRow(world, other)).status, 'RUNNING')
    t.ok(await until('and this one may come again', () => connect(alpha).catch(() => undefined)))
  })
})

t.test('a panel that stops says good-bye, and agents find it again', async t => {
  const world = await openWorld(t)
  const machine = await addMachine(world)
  const session = await connect(machine)
  const next = await restartPanel(t, world)
  t.match(await session.hear('goaway'), { reason: /stopping/ })
  t.match(await session.closed, { code: 1001 })
  const again = await connect({ ...machine, url: next.url, lastEpoch: session.epoch })
  t.equal(again.epoch, session.epoch + 1)
})

function asText(err: unknown): never {
  throw new Error(String(err))
}

function spoken(version: number) {
  return { min: version, max: version }
}

function forged(auth: AgentBody<'auth'>) {
  return { signature: sign(createKeyPair(), Buffer.from(JSON.stringify(auth))) }
}

function signedAuth(
  machine: FakeMachine,
  challenge: { panelId: string; panelNonce: string },
  protocol: { min: number; max: number }
): AgentBody<'auth'> {
  const { nodeId, instanceId, lastEpoch } = machine
  const kid = keyIdOf(machine.keys.publicKey)
  const agentNonce = Buffer.alloc(32, 1).toString('base64')
  const claims = { nodeId, kid, agentNonce, instanceId, lastEpoch, protocol }
  const { panelId, panelNonce } = challenge
  const signature = sign(machine.keys, authTranscript({ ...claims, panelId, panelNonce }))
  return { ...claims, bootId: 'boot', signature }
}

function enrollTranscriptOf(tokenId: string, publicKey: string): Buffer {
  return Buffer.from(['cap-enrol-v1', tokenId, publicKey].join('\n'))
}

function unknownToken(keys: ReturnType<typeof createKeyPair>) {
  const tokenId = 'ab'.repeat(16)
  const token = `cap_${tokenId}.${'A'.repeat(43)}`
  return { token, proof: sign(keys, enrollTranscriptOf(tokenId, keys.publicKey)) }
}

/** Mulberry32: the same numbers in each run. */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function damagedText(text: string, random: (below: number) => number): string {
  const values = ['null', '-1', '1e300', '"\\u0000"', '[]', '{}', 'true', '""', '{"__proto__":{}}']
  const value = values[random(values.length)] ?? ''
  const at = random(text.length)
  const rows = [
    () => text.slice(0, at),
    () => text.slice(0, at) + String.fromCharCode(random(128)) + text.slice(at + 1),
    () =>
      text.replace(/("[a-zA-Z]+": )("[^"]*"|[\d.]+|true|false|null)/g, (all, key) =>
        random(6) === 0 ? key + value : all
      ),
    () => text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, () => newInstance())
  ]
  return (rows[random(rows.length)] ?? (() => text))()
}

function damagedBytes(random: (below: number) => number): Buffer {
  const bytes = encodeConsoleFrame(chunk(newInstance()))
  bytes.writeUInt8(random(256), random(bytes.length))
  return bytes.subarray(0, random(4) === 0 ? random(bytes.length) : bytes.length)
}

function line(text: string) {
  const stream = 'stdout' as const
  return { atMs: 1_700_000_000_000, stream, continued: false, text: Buffer.from(text) }
}

function chunk(serverId: string): ConsoleFrame {
  return { type: 'chunk', serverId, start: 0, lines: [line('forged')] }
}
