import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { answerOf, api, type NodeDetail } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { DeleteCard } from '../../ui/delete-card.tsx'

export function DeleteNode({ node }: { node: NodeDetail }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () =>
      answerOf(api.DELETE('/api/v1/nodes/{id}', { params: { path: { id: node.id } } })),
    async onSuccess() {
      // Not even for a moment is it in the list again.
      queries.removeQueries({ queryKey: ['nodes'] })
      await navigate({ to: '/nodes' })
    }
  })
  if (node.serversCount > 0) return <p className="quiet">{texts.node.deleteNot}</p>
  return (
    <DeleteCard
      title={texts.node.deleteTitle}
      text={texts.node.deleteText}
      name={node.name}
      removal={remove}
      onRemove={() => remove.mutate()}
    />
  )
}
