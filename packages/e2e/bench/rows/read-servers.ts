import { insertNodes, insertServers } from '../../fleet/bulk-nodes.ts'
import { fleetAlt, makeNode } from '../../fleet/nodes.ts'
import { createWorld, type Teardown } from '../../test/world/world.ts'
import { bareDatabase } from '../database-yardstick.ts'
import { load } from '../load.ts'
import type { Row } from '../row.ts'
import type { Figure } from '../table.ts'

const NODES = 20
const SERVERS_ON_EACH = 10
const AT_ONCE = 50

export const readServers: Row = {
  name: 'read-servers',
  about: 'one server, and a page of fifty, read by somebody who is logged in',
  async measure(t) {
    const { world, serverIds } = await createServers(t)
    const bare = await bareDatabase(t, world.database.url)
    const compare = async (what: string, ourPath: string, path: string): Promise<Figure> => {
      const headers = { cookie: world.admin.cookie() }
      const target = { url: world.url + ourPath, headers, pid: world.panelPid() }
      const ours = await load(target, AT_ONCE)
      const theirs = await load({ url: bare.url + path, pid: bare.pid }, AT_ONCE)
      return {
        what,
        unit: 'requests/s',
        ours: ours.perSecond,
        ...(ours.cpuMicros && { cpuMicros: ours.cpuMicros }),
        yardstick: {
          name: 'bare Fastify, the same one statement by pg',
          figure: theirs.perSecond,
          ...(theirs.cpuMicros && { cpuMicros: theirs.cpuMicros })
        },
        target: { of: 'ratio', atLeast: 0.5 }
      }
    }
    const one = `/servers/${serverIds[0]}`
    const page = '/servers?limit=50'
    return [
      await compare('GET /servers/:id, logged in', `/api/v1${one}`, one),
      await compare('GET /servers?limit=50, logged in', `/api/v1${page}`, page)
    ]
  }
}

/** Two hundred servers of nodes that are not there. */
async function createServers(t: Teardown) {
  const world = await createWorld(t)
  const { admin, url, database } = world
  const databaseUrl = database.url
  const model = await makeNode(admin, url, 'bench')
  const names = Array.from({ length: NODES - 1 }, (_, index) => `bench ${index + 2}`)
  const nodes = [model, ...(await insertNodes({ databaseUrl, model, names }))]
  const { user } = await admin.get('/api/v1/auth/me')
  const serverIds = await insertServers({
    ...{ databaseUrl, nodeIds: nodes.map(node => node.nodeId), perNode: SERVERS_ON_EACH },
    ...{ altId: (await fleetAlt(admin)).id, ownerId: user.id, running: false }
  })
  return { world, serverIds }
}
