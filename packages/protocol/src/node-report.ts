import { type Static, Type } from '@sinclair/typebox'
import { Sentence, ShortText } from './parts.ts'

const Amount = Type.Number({ minimum: 0 })

export const EngineInfo = Type.Object({
  version: ShortText,
  apiVersion: ShortText,
  liveRestore: Type.Boolean(),
  storageDriver: ShortText,
  cgroupVersion: ShortText
})
export type EngineInfo = Static<typeof EngineInfo>

/** A node's vitals. `docker` is null while no engine answers; `dockerProblem` then says why. */
export const NodeResources = Type.Object({
  cpuCores: Amount,
  cpuPercent: Amount,
  memoryTotalMiB: Amount,
  memoryUsedMiB: Amount,
  diskTotalMiB: Amount,
  diskUsedMiB: Amount,
  /** A disk with servers' files or the agent's own state has no room left. */
  diskFull: Type.Optional(Type.Boolean()),
  loadAverage: Type.Array(Amount, { minItems: 3, maxItems: 3 }),
  networkRxBytes: Amount,
  networkTxBytes: Amount,
  uptimeSeconds: Amount,
  docker: Type.Union([EngineInfo, Type.Null()]),
  dockerProblem: Type.Union([Sentence, Type.Null()])
})
export type NodeResources = Static<typeof NodeResources>

export const MachineFacts = Type.Object({
  hostname: ShortText,
  os: ShortText,
  arch: ShortText,
  cpuCores: Amount,
  memoryTotalMiB: Amount,
  agentVersion: ShortText
})
export type MachineFacts = Static<typeof MachineFacts>
