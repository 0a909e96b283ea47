import { Alert, Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { NodeDetail } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Form } from '../../ui/form.tsx'
import { Failure } from '../../ui/parts.tsx'
import { useNodePatch } from './use-node-patch.ts'

export function NodeSettings({ node }: { node: NodeDetail }) {
  const texts = useTexts()
  const [name, setName] = useState(node.name)
  const [ipAddress, setIpAddress] = useState(node.ipAddress ?? '')
  const patch = useNodePatch(node.id)
  const isSame = name.trim() === node.name && ipAddress.trim() === (node.ipAddress ?? '')
  return (
    <Form
      className="card stack"
      onSubmit={() => patch.mutate({ name: name.trim(), ipAddress: ipAddress.trim() || null })}
    >
      <h2>{texts.node.settings}</h2>
      <div className="pair">
        <TextInput
          label={texts.nodes.name}
          required
          maxLength={64}
          value={name}
          onChange={event => setName(event.currentTarget.value)}
        />
        <TextInput
          label={texts.nodes.address}
          description={texts.nodes.addressHint}
          value={ipAddress}
          onChange={event => setIpAddress(event.currentTarget.value)}
        />
      </div>
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
