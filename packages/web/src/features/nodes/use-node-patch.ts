import { useMutation, useQueryClient } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client.ts'
import { nodeQuery } from './node-query.ts'

type Patch = Parameters<typeof send>[1]

const send = (
  id: string,
  body: { name?: string; ipAddress?: string | null; maintenance?: boolean }
) => answerOf(api.PATCH('/api/v1/nodes/{id}', { params: { path: { id } }, body }))

export function useNodePatch(id: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (patch: Patch) => send(id, patch),
    onSuccess(saved) {
      queries.setQueryData(nodeQuery(id).queryKey, saved)
      void queries.invalidateQueries({ queryKey: ['nodes'] })
    }
  })
}
