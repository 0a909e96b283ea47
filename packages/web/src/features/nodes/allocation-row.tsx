import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type Allocation, answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { addressText } from '../../ui/address-text.ts'
import { Failure } from '../../ui/parts.tsx'
import { SureButton } from '../../ui/sure-button.tsx'

export function AllocationRow({ allocation }: { allocation: Allocation }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const { id, nodeId, serverId } = allocation
  const address = addressText(allocation.ip, allocation.port)
  const remove = useMutation({
    mutationFn: () =>
      answerOf(
        api.DELETE('/api/v1/nodes/{id}/allocations/{allocationId}', {
          params: { path: { id: nodeId, allocationId: id } }
        })
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['allocations', nodeId] })
  })
  return (
    <li>
      <div className="row">
        <div className="grow">
          <code>{address}</code>{' '}
          <span className="quiet">{texts.node.protocols[allocation.protocol]}</span>
        </div>
        {serverId ? (
          <Link to="/servers/$serverId" params={{ serverId }}>
            {allocation.serverName}
          </Link>
        ) : (
          <SureButton
            label={texts.node.remove}
            name={texts.node.removeOf(address)}
            text={texts.node.removeText}
            isPending={remove.isPending}
            onSure={() => remove.mutate()}
          />
        )}
      </div>
      <Failure error={remove.error} />
    </li>
  )
}
