import type { EngineInfo } from '@ctrl-alt-play/protocol'
import type { Engine } from './engine.ts'

const TIMEOUT_MS = 5_000

/** Also the folder that the engine keeps its things in. */
export interface EngineFacts {
  info: EngineInfo
  rootDir: string
}

export async function readEngineFacts({ docker, call }: Engine): Promise<EngineFacts> {
  const [found, version] = await call(TIMEOUT_MS, () =>
    Promise.all([docker.info(), docker.version()])
  )
  const info = {
    version: short(version.Version),
    apiVersion: short(version.ApiVersion),
    liveRestore: found.LiveRestoreEnabled === true,
    storageDriver: short(found.Driver),
    cgroupVersion: short(found.CgroupVersion ?? '1')
  }
  return { info, rootDir: String(found.DockerRootDir ?? '/var/lib/docker') }
}

function short(value: unknown): string {
  return String(value ?? '').slice(0, 200)
}
