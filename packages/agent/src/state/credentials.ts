import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'
import { codeOf, writeFileAtomically } from './atomic-file.ts'

const Key = Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' })

const OwnKey = Type.Object({
  kid: Type.String({ pattern: '^[A-Za-z0-9_-]{16}$' }),
  publicKey: Key,
  privateKey: Key,
  createdAt: Type.String()
})
export type OwnKey = Static<typeof OwnKey>

export const Credentials = Type.Object({
  nodeId: Type.String(),
  nodeName: Type.String(),
  panelUrl: Type.String(),
  panelId: Type.String(),
  /** Pinned at enrolment: whoever cannot sign with its other half is not our panel. */
  panelKey: Key,
  dataDir: Type.String(),
  insecure: Type.Boolean(),
  key: OwnKey,
  /** A key that is to take over: tried first once the panel has accepted it, kept beside the old one until it has worked. */
  nextKey: Type.Optional(Type.Object({ ...OwnKey.properties, accepted: Type.Boolean() }))
})
export type Credentials = Static<typeof Credentials>

/** A key pair that has been sent to the panel whose answer is still to come: asked again, it is sent again. */
const PendingEnrollment = Type.Object({
  tokenId: Type.String(),
  publicKey: Key,
  privateKey: Key
})
export type PendingEnrollment = Static<typeof PendingEnrollment>

const credentialsCheck = TypeCompiler.Compile(Credentials)
const pendingCheck = TypeCompiler.Compile(PendingEnrollment)

const credentialsPath = (stateDir: string): string => join(stateDir, 'credentials.json')
export const pendingPath = (stateDir: string): string => join(stateDir, 'enrolment.json')

/** Undefined when this machine is not enrolled. Throws, with what to do, when the file is damaged. */
export async function readCredentials(stateDir: string): Promise<Credentials | undefined> {
  const path = credentialsPath(stateDir)
  const value = await readJson(path)
  if (value === undefined || credentialsCheck.Check(value)) return value
  throw new Error(
    `${path} is damaged. Run "ctrl-alt-play-agent unregister --yes", then enrol this machine again with a new line from the panel. Its games and their files stay.`
  )
}

export function writeCredentials(stateDir: string, credentials: Credentials): Promise<void> {
  return writeFileAtomically(credentialsPath(stateDir), JSON.stringify(credentials, null, 2))
}

export async function readPending(stateDir: string): Promise<PendingEnrollment | undefined> {
  const value = await readJson(pendingPath(stateDir))
  return pendingCheck.Check(value) ? value : undefined
}

export function writePending(stateDir: string, pending: PendingEnrollment): Promise<void> {
  return writeFileAtomically(pendingPath(stateDir), JSON.stringify(pending))
}

/** Undefined when there is no such file; null when it is no JSON. */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (err) {
    if (codeOf(err) === 'ENOENT') return undefined
    if (err instanceof SyntaxError) return null
    throw err
  }
}
