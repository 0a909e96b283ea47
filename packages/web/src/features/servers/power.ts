import { useMutation, useQueryClient } from '@tanstack/react-query'
import {
  answerOf,
  api,
  type Command,
  type PowerAction,
  type ServerStatus
} from '../../api/client.ts'

export function usePower(serverId: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (action: PowerAction) =>
      answerOf(
        api.POST('/api/v1/servers/{id}/power', {
          params: { path: { id: serverId } },
          body: { action }
        })
      ),
    onSuccess: ({ command }) =>
      queries.setQueryData<Command>(['command', serverId], newest =>
        newest?.id === command.id ? newest : command
      )
  })
}

/** Which buttons make sense as things stand. */
export function actsFor(status: ServerStatus, isSuspended: boolean): Record<PowerAction, boolean> {
  const nothing = { start: false, stop: false, restart: false, kill: false }
  if (isSuspended) return nothing
  switch (status) {
    case 'STOPPED':
    case 'CRASHED':
      return { ...nothing, start: true }
    case 'RUNNING':
      return { ...nothing, stop: true, restart: true, kill: true }
    case 'STARTING':
      return { ...nothing, stop: true, kill: true }
    case 'STOPPING':
      return { ...nothing, kill: true }
    case 'INSTALLING':
    case 'INSTALL_FAILED':
    case 'UNKNOWN':
      return nothing
  }
}
