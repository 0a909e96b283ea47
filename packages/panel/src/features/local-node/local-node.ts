import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Agents, Queries } from '../../agents/contract.ts'
import type { CreationService } from '../servers/creation.service.ts'
import { type DemoAnswer, demoStatus, makeDemoServer } from './demo-server.ts'
import type { LocalNodeRepo, LocalNodeRow } from './local-node.repo.ts'
import { readLocalNode, writeLocalNode } from './local-node-file.ts'

/** The machine that the panel itself runs on, as a node: what `npm start` asks for. */
export interface LocalNode {
  description: { id: string; name: string; enrollment?: { token: string; panelKey: string } }
  status(): Promise<{ status: string; docker: string | null; problem?: string }>
  /** The demo server, made the first time its image is there. */
  demo(imageAvailable: boolean): Promise<DemoAnswer>
}

export interface LocalNodeDeps {
  dataDir: string
  repo: LocalNodeRepo
  agents: Pick<Agents, 'newestEngine' | 'newestResources'>
  creation: Pick<CreationService, 'create'>
  enrollment: {
    createEnrollmentToken(
      tx: Queries,
      nodeId: string,
      createdById: string | null
    ): Promise<{ token: string }>
    panelKey: string
  }
}

const NAME = 'local'
const ADDRESS = '127.0.0.1'
/** Where `npm start` keeps the state of the local agent. */
const AGENT_FOLDER = 'agent'

/** Finds this machine's node or makes it; with a token when no agent of it is set up here. */
export async function openLocalNode(deps: LocalNodeDeps): Promise<LocalNode> {
  const { dataDir, repo, agents, creation, enrollment } = deps
  const kept = await readLocalNode(dataDir)
  const node = (kept && (await repo.find(kept.nodeId))) ?? (await makeNode(repo))
  const demo = kept?.nodeId === node.id ? kept.demoServerId : undefined
  const memory = { nodeId: node.id, ...(demo && { demoServerId: demo }) }
  await writeLocalNode(dataDir, memory)

  async function token() {
    // A revoked agent is not let in again by a restart: its folder is still there.
    if (node.wasEnrolled && (await hasAgent(dataDir))) return undefined
    const made = await repo.transaction(tx => enrollment.createEnrollmentToken(tx, node.id, null))
    return { token: made.token, panelKey: enrollment.panelKey }
  }

  const newToken = await token()
  return {
    description: { id: node.id, name: node.name, ...(newToken && { enrollment: newToken }) },
    async status() {
      const status = (await repo.find(node.id))?.status ?? 'DELETED'
      const problem = agents.newestResources(node.id)?.dockerProblem
      const docker = agents.newestEngine(node.id)?.version ?? null
      return { status, docker, ...(problem && { problem }) }
    },
    async demo(imageAvailable) {
      if (!memory.demoServerId) {
        if (!imageAvailable) return { server: null, reason: 'its image could not be made' }
        const made = await makeDemoServer(repo, creation, node.id)
        if ('reason' in made) return { server: null, ...made }
        memory.demoServerId = made.serverId
        await writeLocalNode(dataDir, memory)
      }
      return demoStatus(repo, memory.demoServerId)
    }
  }
}

/** A node of that name may be meant for another machine: it is left alone, and this one is local-2 and so on. */
async function makeNode(repo: LocalNodeRepo): Promise<LocalNodeRow> {
  let name = NAME
  for (let number = 2; await repo.isTaken(name); number += 1) name = `${NAME}-${number}`
  return repo.create(name, ADDRESS)
}

async function hasAgent(dataDir: string): Promise<boolean> {
  const files = await readdir(join(dataDir, AGENT_FOLDER)).catch(() => [])
  return files.length > 0
}
