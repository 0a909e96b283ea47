import { Alert, Button, Loader } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, type Node } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { Form } from '../../ui/form.tsx'
import { CopyButton, Failure } from '../../ui/parts.tsx'
import { NodeFields } from './node-fields.tsx'
import { nodeQuery } from './node-query.ts'

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

  return <Paste made={create.data} onDone={onDone} />
}

interface Made {
  node: Pick<Node, 'id'>
  enrollment: { command: string; expiresAt: string; warning?: string }
}

function Paste({ made, onDone }: { made: Made; onDone: () => void }) {
  const texts = useTexts()
  const { language } = useLanguage()
  const { node, enrollment } = made
  const isThere = useQuery(nodeQuery(node.id)).data?.status === 'ONLINE'
  const until = new Date(enrollment.expiresAt).toLocaleTimeString(language, { timeStyle: 'short' })
  return (
    <section className="card stack">
      <div className="row">
        <div className="grow">
          <h2>{texts.nodes.paste}</h2>
          <p className="quiet">{texts.nodes.pasteText(until)}</p>
        </div>
        <CopyButton text={enrollment.command} label={texts.copy} />
      </div>
      <pre className="paste">{enrollment.command}</pre>
      {enrollment.warning && <Alert color="yellow">{enrollment.warning}</Alert>}
      <div role="status">
        {isThere ? (
          <Alert color="green">{texts.nodes.arrived}</Alert>
        ) : (
          <div className="row">
            <Loader size="xs" aria-hidden="true" />
            <span>{texts.nodes.waiting}</span>
          </div>
        )}
      </div>
      <div>
        <Button variant="default" onClick={onDone}>
          {texts.nodes.done}
        </Button>
      </div>
    </section>
  )
}
