import { createWorld, type Teardown } from '../../test/world/world.ts'

/** A panel, an agent, and a game that reads as fast as it is typed to: what is measured is the road, not the game. */
export async function createGameWorld(t: Teardown) {
  const world = await createWorld(t)
  const agent = await world.addNode('bench')
  const altId = await world.addProbeAlt({
    startup: '/bin/busybox sh -c "exec cat > /dev/null"',
    done: []
  })
  const server = await world.addServer({ altId, nodeId: agent.nodeId })
  const path = `/api/v1/servers/${server.id}`
  await world.admin.post(`${path}/power`, { action: 'start' }, { prefer: 'wait=60' })
  return { world, agent, path, serverId: server.id as string }
}
