import { createKeyPair, keyIdOf } from '@ctrl-alt-play/protocol'
import { Client } from 'pg'
import { v7 as uuidv7 } from 'uuid'
import type { Credentials } from '../../agent/src/state/credentials.ts'
import { FIRST_PORT } from './nodes.ts'

/** More nodes of the panel that `model` is a node of, written straight into its database. */
export interface BulkNodes {
  databaseUrl: string
  model: Credentials
  names: string[]
}

const ROWS = 2_000

export async function insertNodes({ databaseUrl, model, names }: BulkNodes) {
  const made = names.map(nodeName => {
    const pair = createKeyPair()
    const key = { ...pair, kid: keyIdOf(pair.publicKey), createdAt: new Date().toISOString() }
    return { ...model, nodeId: uuidv7(), nodeName, key }
  })
  await inParts(databaseUrl, made, async (client, part) => {
    const nodeIds = part.map(one => one.nodeId)
    await client.query(
      `INSERT INTO "Node" ("id", "name", "ipAddress") SELECT *, '127.0.0.1' FROM unnest($1::uuid[], $2::text[])`,
      [nodeIds, part.map(one => one.nodeName)]
    )
    await client.query(
      `INSERT INTO "Agent" ("id", "nodeId", "kid", "publicKey", "hostname", "version")
       SELECT *, 'simulated', 'fleet' FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])`,
      [
        part.map(() => uuidv7()),
        nodeIds,
        part.map(one => one.key.kid),
        part.map(one => one.key.publicKey)
      ]
    )
  })
  return made
}

/** Servers with their port, installed and running or down. Answers their ids, node by node. */
export async function insertServers(options: {
  databaseUrl: string
  nodeIds: string[]
  perNode: number
  altId: string
  ownerId: string
  running: boolean
}): Promise<string[]> {
  const { databaseUrl, nodeIds, perNode, altId, ownerId, running } = options
  const made = nodeIds.flatMap(nodeId =>
    Array.from({ length: perNode }, (_, index) => ({ id: uuidv7(), nodeId, index }))
  )
  await inParts(databaseUrl, made, async (client, part) => {
    const ids = part.map(one => one.id)
    const ports = part.map(one => FIRST_PORT + one.index)
    const nodes = part.map(one => one.nodeId)
    await client.query(
      `INSERT INTO "Server" ("id", "nodeId", "port", "name", "altId", "ownerId", "status", "desiredState",
         "restartSeq", "installState", "dockerImage", "startup", "memoryMiB", "cpuPercent", "diskMiB")
       SELECT v."id", v."nodeId", v."port", 'Simulated ' || v."port", a."id", $5, 'STOPPED', $6::"DesiredState",
         CASE $6 WHEN 'RUNNING' THEN 1 ELSE 0 END, 'DONE', a."dockerImage", a."startup", 512, 100, 1024
       FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS v("id", "nodeId", "port"), "Alt" a WHERE a."id" = $4`,
      [ids, nodes, ports, altId, ownerId, running ? 'RUNNING' : 'STOPPED']
    )
    await client.query(
      `INSERT INTO "Allocation" ("id", "nodeId", "ip", "port", "protocol", "serverId", "isPrimary")
       SELECT v."id", v."nodeId", '0.0.0.0', v."port", 'UDP', v."serverId", true
       FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[]) AS v("id", "nodeId", "port", "serverId")`,
      [ids.map(() => uuidv7()), nodes, ports, ids]
    )
  })
  return made.map(one => one.id)
}

async function inParts<T>(
  databaseUrl: string,
  all: T[],
  insert: (client: Client, part: T[]) => Promise<void>
): Promise<void> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    for (let from = 0; from < all.length; from += ROWS) {
      await insert(client, all.slice(from, from + ROWS))
    }
  } finally {
    await client.end()
  }
}
