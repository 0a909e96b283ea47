import createClient from 'openapi-fetch'
import type { components, paths } from './description.ts'
import { Problem } from './problem.ts'

/** The API as its own description says it; the cookie goes along by itself. */
export const api = createClient<paths>({
  fetch: request =>
    fetch(request).catch(cause => {
      if (request.signal.aborted) throw cause
      throw new Problem(0, undefined)
    })
})

/** What the panel answered; a Problem is thrown where it refused. */
export async function answerOf<T>(
  asked: Promise<{ data?: T; error?: unknown; response: Response }>
): Promise<T> {
  const { data, error, response } = await asked
  if (!response.ok) throw new Problem(response.status, error)
  return data as T
}

/** Makes what is sent twice by a bad connection happen once. */
export function onceKey(): { 'Idempotency-Key': string } {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const key = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
  return { 'Idempotency-Key': key }
}

type Ok<Path extends keyof paths, Method extends keyof paths[Path]> = paths[Path][Method] extends {
  responses: { 200: { content: { 'application/json': infer Body } } }
}
  ? Body
  : never

export type Me = Ok<'/api/v1/auth/me', 'get'>
export type Server = Ok<'/api/v1/servers/{id}', 'get'>
export type ServersPage = Ok<'/api/v1/servers', 'get'>
export type ServerRow = ServersPage['data'][number]
export type ServerStatus = ServerRow['status']
export type Alt = Ok<'/api/v1/alts', 'get'>['data'][number]
export type Invitation = Ok<'/api/v1/invitations', 'get'>['data'][number]
export type NodesPage = Ok<'/api/v1/nodes', 'get'>
export type Node = NodesPage['data'][number]
export type Command = Ok<'/api/v1/servers/{id}/power', 'post'>['command']
export type Stats = Ok<'/api/v1/servers/{id}/stats', 'get'>
export type StatsHistory = Ok<'/api/v1/servers/{id}/stats/history', 'get'>
export type StatsRange = NonNullable<
  NonNullable<paths['/api/v1/servers/{id}/stats/history']['get']['parameters']['query']>['range']
>
export type NodeDetail = Ok<'/api/v1/nodes/{id}', 'get'>
export type NodeResources = NonNullable<NodeDetail['resources']>
export type Allocation = Ok<'/api/v1/nodes/{id}/allocations', 'get'>['data'][number]
export type Member = Ok<'/api/v1/servers/{id}/members', 'get'>['data'][number]
export type OpenInvitation = Ok<'/api/v1/servers/{id}/invitations', 'get'>['data'][number]
export type ServerRight =
  paths['/api/v1/servers/{id}/members']['post']['requestBody']['content']['application/json']['permissions'][number]
export type PanelEvent = components['schemas']['EventMessage']
export type ConsoleMessage = components['schemas']['ConsoleServerMessage']
export type PowerAction = 'start' | 'stop' | 'restart' | 'kill'
export type Session = Ok<'/api/v1/auth/sessions', 'get'>['data'][number]
export type ApiKey = Ok<'/api/v1/api-keys', 'get'>['data'][number]
export type Permission = Ok<'/api/v1/permissions', 'get'>['data'][number]
export type User = Ok<'/api/v1/users/{id}', 'get'>
export type Override = Ok<'/api/v1/users/{id}/permissions', 'get'>['permissions'][number]
export type Role = Ok<'/api/v1/roles/{id}', 'get'>
export type PermissionName = keyof Role['permissions']
export type AuditRow = Ok<'/api/v1/audit-logs', 'get'>['data'][number]
export type Ctrl = Ok<'/api/v1/ctrls/{id}', 'get'>
export type EggResult = Ok<'/api/v1/ctrls/{id}/alts/import-many', 'post'>['data'][number]
export type AltBody = NonNullable<
  paths['/api/v1/alts']['post']['requestBody']
>['content']['application/json']
