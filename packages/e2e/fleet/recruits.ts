import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Credentials } from '../../agent/src/state/credentials.ts'
import { login, type Person } from '../test/world/api.ts'
import { repository } from '../test/world/config.ts'
import type { FleetArguments } from './arguments.ts'
import { insertNodes, insertServers } from './bulk-nodes.ts'
import { fleetAlt, makeNode, makeServer } from './nodes.ts'

const SAVE_EVERY = 10

/** The nodes of a fleet: those of an earlier one, and as many new ones as are missing. */
export async function recruit(
  wanted: FleetArguments,
  { password, say }: { password: string | undefined; say(line: string): void }
): Promise<Credentials[]> {
  const [panel = ''] = wanted.panels
  const { host } = new URL(panel)
  const kept = join(repository, '.cache/fleet', `${host.replaceAll(/[^a-z0-9.-]/g, '_')}.json`)
  const file = wanted.nodesFile ?? kept
  const nodes = await readNodes(file)
  if (nodes.length < wanted.agents) {
    if (!password) {
      throw new Error(
        `${nodes.length} of ${wanted.agents} nodes are known (${file}). To make the others, give the password of "${wanted.user}" in FLEET_PASSWORD.`
      )
    }
    const admin = await login(panel, wanted.user, password)
    const save = () => writeNodes(file, nodes)
    try {
      await addNodes(admin, { wanted, panel, nodes, save, say })
    } finally {
      await save()
    }
  }
  return nodes.slice(0, wanted.agents).map((node, index) => ({
    ...node,
    insecure: true,
    panelUrl: wanted.panels[index % wanted.panels.length] ?? panel
  }))
}

async function readNodes(file: string): Promise<Credentials[]> {
  const text = await readFile(file, 'utf8').catch((err: NodeJS.ErrnoException) => {
    if (err.code === 'ENOENT') return '[]'
    throw err
  })
  return JSON.parse(text) as Credentials[]
}

export async function writeNodes(file: string, nodes: Credentials[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, JSON.stringify(nodes), { mode: 0o600 })
}

async function addNodes(
  admin: Person,
  work: {
    wanted: FleetArguments
    panel: string
    nodes: Credentials[]
    save(): Promise<void>
    say(line: string): void
  }
): Promise<void> {
  const { wanted, panel, nodes, save, say } = work
  const { agents, servers, databaseUrl } = wanted
  const run = Date.now().toString(36)
  const nameOf = (index: number) => `fleet ${run} ${index + 1}`
  const alt = servers > 0 ? await fleetAlt(admin) : undefined
  const known = nodes.length
  say(`Making ${agents - known} nodes …`)

  while (nodes.length < agents) {
    const node = await makeNode(admin, panel, nameOf(nodes.length))
    nodes.push(node)
    if (databaseUrl) break
    for (let number = 0; alt && number < servers; number++) {
      await makeServer(admin, { nodeId: node.nodeId, altId: alt.id, number })
    }
    if (nodes.length % SAVE_EVERY === 0) {
      await save()
      say(`${nodes.length} of ${agents} nodes are made`)
    }
  }
  const model = nodes.at(-1)
  if (!databaseUrl || !model) return
  const names = Array.from({ length: agents - nodes.length }, (_, index) =>
    nameOf(nodes.length + index)
  )
  nodes.push(...(await insertNodes({ databaseUrl, model, names })))
  if (!alt) return
  const { user } = await admin.get('/api/v1/auth/me')
  const nodeIds = nodes.slice(known).map(node => node.nodeId)
  const owner = { altId: alt.id, ownerId: user.id, running: true }
  await insertServers({ databaseUrl, nodeIds, perNode: servers, ...owner })
}
