import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { answerOf, api, type NodeDetail } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Failure } from '../../ui/parts.tsx'
import { SureButton } from '../../ui/sure-button.tsx'
import { nodeQuery } from './node-query.ts'
import { PasteLine } from './paste-line.tsx'

/** How a machine comes to be this node again, and how it is given up. */
export function NodeMachine({ node }: { node: NodeDetail }) {
  const texts = useTexts().node
  const queries = useQueryClient()
  const params = { path: { id: node.id } }
  const readAgain = () => queries.invalidateQueries({ queryKey: nodeQuery(node.id).queryKey })
  const line = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/nodes/{id}/enrollment-tokens', { params }))
  })
  const revoke = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/nodes/{id}/revoke', { params })),
    onSuccess: readAgain
  })
  const giveUp = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/nodes/{id}/declare-lost', { params })),
    onSuccess: readAgain
  })
  if (line.data) return <PasteLine nodeId={node.id} {...line.data} onDone={line.reset} />
  return (
    <section className="card stack">
      <div>
        <h2>{texts.join}</h2>
        <p className="quiet">{texts.joinText}</p>
      </div>
      <Failure error={line.error ?? revoke.error ?? giveUp.error} />
      <div className="row">
        <Button variant="default" loading={line.isPending} onClick={() => line.mutate()}>
          {texts.newLine}
        </Button>
        <SureButton
          label={texts.revoke}
          name={texts.revoke}
          text={texts.revokeText}
          isPending={revoke.isPending}
          onSure={revoke.mutate}
        />
        {node.status !== 'ONLINE' && node.lostAt === null && (
          <SureButton
            label={texts.giveUp}
            name={texts.giveUp}
            text={texts.giveUpText}
            isPending={giveUp.isPending}
            onSure={giveUp.mutate}
          />
        )}
      </div>
    </section>
  )
}
