import { answerOf, api } from '../../api/client.ts'
import type { Named } from './pick.tsx'

const SHOWN = 8

export async function findServers(search: string, signal: AbortSignal): Promise<Named[]> {
  const query = { search, limit: SHOWN }
  return (await answerOf(api.GET('/api/v1/servers', { signal, params: { query } }))).data
}

export async function findUsers(search: string, signal: AbortSignal): Promise<Named[]> {
  const query = { search, limit: SHOWN }
  const { data } = await answerOf(api.GET('/api/v1/users', { signal, params: { query } }))
  return data.map(({ id, username }) => ({ id, name: username }))
}
