import { Alert, Button } from '@mantine/core'
import { useState } from 'react'
import type { NodeDetail } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Form } from '../../ui/form.tsx'
import { Failure } from '../../ui/parts.tsx'
import { NodeFields } from './node-fields.tsx'
import { useNodePatch } from './use-node-patch.ts'

export function NodeSettings({ node }: { node: NodeDetail }) {
  const texts = useTexts()
  const [names, setNames] = useState({ name: node.name, ipAddress: node.ipAddress ?? '' })
  const name = names.name.trim()
  const ipAddress = names.ipAddress.trim()
  const patch = useNodePatch(node.id)
  const isSame = name === node.name && ipAddress === (node.ipAddress ?? '')
  return (
    <Form
      className="card stack"
      onSubmit={() => patch.mutate({ name, ipAddress: ipAddress || null })}
    >
      <h2>{texts.node.settings}</h2>
      <NodeFields names={names} onChange={setNames} />
      <Failure error={patch.error} />
      {patch.isSuccess && isSame && (
        <Alert color="green" role="status">
          {texts.settings.saved}
        </Alert>
      )}
      <div>
        <Button type="submit" loading={patch.isPending} disabled={isSame}>
          {texts.settings.save}
        </Button>
      </div>
    </Form>
  )
}
