import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type Allocation, answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Form } from '../../ui/form.tsx'
import { Failure } from '../../ui/parts.tsx'

export function AddAllocations({ nodeId }: { nodeId: string }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const [ip, setIp] = useState('0.0.0.0')
  const [ports, setPorts] = useState('')
  const [protocol, setProtocol] = useState<Allocation['protocol']>('both')
  const add = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/nodes/{id}/allocations', {
          params: { path: { id: nodeId } },
          body: { ip: ip.trim(), ports: ports.replaceAll(/\s/g, ''), protocol }
        })
      ),
    onSuccess() {
      setPorts('')
      return queries.invalidateQueries({ queryKey: ['allocations', nodeId] })
    }
  })
  return (
    <Form className="stack" onSubmit={() => add.mutate()}>
      <div className="pair">
        <TextInput
          label={texts.node.ports}
          description={texts.node.portsHint}
          required
          autoComplete="off"
          value={ports}
          onChange={event => setPorts(event.currentTarget.value)}
        />
        <TextInput
          label={texts.node.ip}
          description={texts.node.ipHint}
          required
          autoComplete="off"
          value={ip}
          onChange={event => setIp(event.currentTarget.value)}
        />
        <NativeSelect
          label={texts.node.protocol}
          description={texts.node.protocolHint}
          data={Object.entries(texts.node.protocols).map(([value, label]) => ({ value, label }))}
          value={protocol}
          onChange={event => setProtocol(event.currentTarget.value as Allocation['protocol'])}
        />
      </div>
      <Failure error={add.error} />
      {add.isSuccess && ports === '' && (
        <p className="quiet" role="status">
          {texts.node.added(add.data.data.length)}
        </p>
      )}
      <div>
        <Button type="submit" variant="default" loading={add.isPending}>
          {texts.node.add}
        </Button>
      </div>
    </Form>
  )
}
