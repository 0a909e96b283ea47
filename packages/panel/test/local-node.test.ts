import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { freeUdpPort } from '../src/features/local-node/free-udp-port.ts'
import { createLocalNodeRepo } from '../src/features/local-node/local-node.repo.ts'
import { openLocalNode } from '../src/features/local-node/local-node.ts'
import { addGameNode } from './game-agent.ts'
import { buildPanel, login, type TestPanel, until } from './helper.ts'

// The machine may be busy with other files.
t.setTimeout(180_000)

function open({ config, db, link, creation }: TestPanel, dataDir = config.dataDir) {
  const repo = createLocalNodeRepo(db)
  const { agents, enrollment } = link
  return openLocalNode({ dataDir, repo, agents, enrollment, creation })
}

t.test('this machine is one node, whatever is lost', async t => {
  const panel = await buildPanel(t)
  const first = await open(panel)
  t.match(first.description, { name: 'local', enrollment: { token: /^cap_/ } })
  t.match(await first.status(), { status: 'PENDING', docker: null })
  const { id } = first.description
  t.equal((await open(panel)).description.id, id, 'again the same')

  const agentFolder = join(panel.config.dataDir, 'agent')
  await mkdir(agentFolder)
  await writeFile(join(agentFolder, 'credentials.json'), '{}')
  t.ok((await open(panel)).description.enrollment, 'files of an agent that was never enrolled')
  await panel.db.prisma.agent.create({
    data: { nodeId: id, kid: 'k', publicKey: 'p', hostname: 'h', version: '1' }
  })
  t.equal((await open(panel)).description.enrollment, undefined, 'its agent is set up')
  await panel.db.prisma.agent.updateMany({ data: { revokedAt: new Date() } })
  t.equal((await open(panel)).description.enrollment, undefined, 'revoked stays revoked')

  await writeFile(join(panel.config.dataDir, 'local-node.json'), 'damaged')
  const second = await open(panel)
  t.match(second.description, { name: 'local-2', enrollment: { token: /^cap_/ } })
  t.not(second.description.id, id, 'a known machine is not pushed aside')
  await panel.db.prisma.node.create({ data: { name: 'local-3' } })
  await panel.db.prisma.node.delete({ where: { id } })
  await panel.db.prisma.node.delete({ where: { id: second.description.id } })
  t.match((await second.status()).status, 'DELETED')
  t.match((await open(panel)).description, { name: 'local' }, 'one that was deleted is made anew')
  await rm(join(panel.config.dataDir, 'local-node.json'))
  t.match((await open(panel)).description, { name: 'local-2' }, "somebody's node is not adopted")
  await rm(join(panel.config.dataDir, 'local-node.json'))
  t.match((await open(panel)).description, { name: 'local-4' })
})

t.test('the demo server is made once, runs, and does not come back when it is deleted', async t => {
  const panel = await buildPanel(t)
  const admin = await login(panel)
  const agent = await addGameNode(panel, admin, 'here')
  const memory = JSON.stringify({ nodeId: agent.nodeId })
  await writeFile(join(panel.config.dataDir, 'local-node.json'), memory)
  const node = await open(panel)
  t.match(await node.status(), { status: 'ONLINE', docker: '27.0.0' })
  t.match(await node.demo(false), { server: null, reason: /image/ })
  t.equal(await panel.db.prisma.server.count(), 0)

  const { server } = await node.demo(true)
  t.match(server, { name: 'Teeworlds demo', status: 'RUNNING' })
  const seen = await admin.request('GET', `/api/v1/servers/${server?.id}`)
  t.match(seen.body, { owner: { username: 'admin' }, node: { id: agent.nodeId } })
  t.ok(seen.body.port >= 8303)
  t.same((await node.demo(true)).server?.id, server?.id, 'asked again it is the same')
  t.same((await (await open(panel)).demo(true)).server?.id, server?.id, 'also after a restart')

  t.equal((await admin.request('DELETE', `/api/v1/servers/${server?.id}`)).status, 202)
  await until('it is gone', async () => (await panel.db.prisma.server.count()) === 0)
  t.match(await (await open(panel)).demo(true), { server: null, reason: /deleted/ })
})

t.test('without what it needs there is no demo, and it is said why', async t => {
  const panel = await buildPanel(t)
  const node = await open(panel)
  t.match(await node.demo(true), { server: null, reason: /not connected/ })
  await panel.db.prisma.alt.deleteMany({})
  t.match(await node.demo(true), { server: null, reason: /no alt named Teeworlds/ })
})

t.test('a free port is free in the records and on the machine', async t => {
  const socket = createSocket('udp4').bind(0, '0.0.0.0')
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  const { port } = socket.address()
  const found = await freeUdpPort(port, new Set([port + 1]))
  t.ok(found !== undefined && found > port + 1)
})
