import { join } from 'node:path'
import type { WantedServer } from '@ctrl-alt-play/protocol'
import type { Logger } from 'pino'
import { createServerFiles } from '../config-files/server-files.ts'
import type { Policy } from '../policy/policy.ts'
import { createActs } from './container-acts.ts'
import { createCreate } from './container-create.ts'
import { createList } from './container-list.ts'
import type { Place } from './container-spec.ts'
import { createDataFolders, type Owner } from './data-folder.ts'
import type { Driver } from './driver.ts'
import { DriverError } from './driver-error.ts'
import { createEngine } from './engine.ts'
import { createEngineEvents } from './engine-events.ts'
import { readEngineFacts } from './engine-info.ts'
import { createGameInput } from './game-input.ts'
import { createGamesNetwork, gatewayOf } from './games-network.ts'
import { createImagePull } from './image-pull.ts'
import { createInstaller } from './installer.ts'
import { createLogFiles } from './log-file.ts'
import { createLogReader } from './log-reader.ts'
import { createOomKills } from './oom-kills.ts'
import { createStatsReader } from './stats-reader.ts'

export interface DockerDriverOptions {
  nodeId: string
  /** Servers' files go to `servers/` in it. */
  dataDir: string
  policy: Policy
  log: Logger
  /** Where the engine listens; absent: DOCKER_HOST or the usual socket. */
  socketPath?: string
}

/** Games as Docker containers. Names and labels are the only record: a new driver finds what an old one made. */
export function createDockerDriver(options: DockerDriverOptions): Driver {
  const { nodeId, dataDir, policy, log } = options
  const engine = createEngine(options.socketPath)
  const folders = createDataFolders(dataDir)

  async function placeOf(serverId: string, owner: Owner): Promise<Place> {
    const dataPath = await folders.pathOf(serverId)
    if (owner.uid > 0 && owner.gid > 0) return { nodeId, policy, dataPath, ...owner }
    throw new DriverError(
      'POLICY_REFUSED',
      `${dataPath} belongs to root, and no game runs as root: give it and all in it to a user of its own (chown -R 100000:100000 ${dataPath}, or a higher number that no other server has)`
    )
  }

  async function placeOfGame({ serverId, installed }: WantedServer): Promise<Place> {
    const owner = await folders.ownerOf(serverId)
    if (owner) return await placeOf(serverId, owner)
    if (installed) {
      const path = await folders.pathOf(serverId)
      throw new DriverError(
        'DATA_MISSING',
        `The server's files at ${path} are gone: bring them back, or reinstall the server to begin anew`
      )
    }
    return await placeOf(serverId, await folders.prepare(serverId, { wipe: false }))
  }

  const logFiles = createLogFiles(async () => (await readEngineFacts(engine)).rootDir)
  const readLog = createLogReader(engine, logFiles)
  const ensureNetwork = createGamesNetwork(engine)
  const input = createGameInput(engine)
  const oomKills = createOomKills()
  const acts = createActs(engine)
  const statistics = createStatsReader(engine, folders)
  const installer = createInstaller({
    engine,
    ensureNetwork,
    readLog,
    scriptsDir: join(dataDir, 'install'),
    placeOf: async serverId => placeOf(serverId, await folders.prepare(serverId, { wipe: false }))
  })

  return {
    ...acts,
    info: async () => (await readEngineFacts(engine)).info,
    list: createList(engine, { nodeId, oomKills, isInstalling: installer.isRunning }),
    events: createEngineEvents(engine, { nodeId, oomKills }),
    pull: createImagePull(engine, policy),
    async prepareData(serverId, { wipe }) {
      if (wipe) await installer.clear(serverId)
      const { uid } = await folders.prepare(serverId, { wipe })
      log.debug({ serverId, uid, wipe }, 'data folder ready')
    },
    hasData: async serverId => (await folders.ownerOf(serverId)) !== undefined,
    async removeData(serverId) {
      await installer.clear(serverId)
      await folders.remove(serverId)
      statistics.forgetServer(serverId)
    },
    create: createCreate(engine, { nodeId, ensureNetwork, placeOf: placeOfGame }),
    configure: createServerFiles({ folders, gateway: () => gatewayOf(engine) }),
    async start(containerId) {
      input.forget(containerId)
      await acts.start(containerId)
    },
    async remove(containerId) {
      await acts.remove(containerId)
      statistics.forgetContainer(containerId)
    },
    logs: readLog,
    input: input.write,
    stats: statistics.stats,
    install: installer.install,
    close: input.close
  }
}
