import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { answerOf, api, type Command, type Server } from '../../api/client.ts'

export const serverQuery = (serverId: string) =>
  queryOptions({
    queryKey: ['server', serverId],
    queryFn: ({ signal }): Promise<Server> =>
      answerOf(api.GET('/api/v1/servers/{id}', { signal, params: { path: { id: serverId } } }))
  })

/** The server of the page; only below the page that has waited for it. */
export function useServer(): Server {
  const { serverId } = useParams({ from: '/inside/servers/$serverId' })
  const { data } = useQuery(serverQuery(serverId))
  if (!data) throw new Error('the server is not read yet')
  return data
}

/** Takes what the panel answered to a change. */
export function useKeepServer(): (server: Server) => void {
  const queries = useQueryClient()
  return server => {
    queries.setQueryData(serverQuery(server.id).queryKey, server)
    void queries.invalidateQueries({ queryKey: ['servers'] })
  }
}

/** The newest act on a server that was heard of: pushed, never asked for. */
export function useCommand(serverId: string): Command | undefined {
  return useQuery<Command>({ queryKey: ['command', serverId], enabled: false }).data
}
