import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Form } from '../../ui/form.tsx'
import { Failure } from '../../ui/parts.tsx'
import { NodeFields } from './node-fields.tsx'
import { PasteLine } from './paste-line.tsx'

/** A name, then the line to paste; it turns green by what the panel pushes. */
export function AddNode({ onDone }: { onDone: () => void }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const [names, setNames] = useState({ name: '', ipAddress: '' })
  const name = names.name.trim()
  const ipAddress = names.ipAddress.trim()
  const create = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/nodes', {
          body: { name, ...(ipAddress && { ipAddress }) }
        })
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['nodes'] })
  })

  if (!create.data) {
    return (
      <Form className="card stack" onSubmit={() => create.mutate()}>
        <NodeFields isFirst names={names} onChange={setNames} />
        <Failure error={create.error} />
        <div className="row">
          <Button type="submit" loading={create.isPending}>
            {texts.nodes.create}
          </Button>
          <Button variant="default" onClick={onDone}>
            {texts.cancel}
          </Button>
        </div>
      </Form>
    )
  }

  return <PasteLine nodeId={create.data.node.id} {...create.data} onDone={onDone} />
}
