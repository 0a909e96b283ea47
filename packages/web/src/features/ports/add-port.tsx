import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { type Allocation, answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Form } from '../../ui/form.tsx'
import { Failure } from '../../ui/parts.tsx'
import { useKeepServer } from '../servers/server-query.ts'

export function AddPort({ serverId }: { serverId: string }) {
  const texts = useTexts()
  const keep = useKeepServer()
  const [port, setPort] = useState('')
  const [protocol, setProtocol] = useState<Allocation['protocol']>('both')
  const add = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/servers/{id}/allocations', {
          params: { path: { id: serverId } },
          body: port ? { port: Number(port), protocol } : {}
        })
      ),
    onSuccess(server) {
      keep(server)
      setPort('')
    }
  })
  return (
    <Form className="card stack" onSubmit={() => add.mutate()}>
      <h2>{texts.ports.add}</h2>
      <div className="pair">
        <TextInput
          type="number"
          label={texts.ports.number}
          description={texts.ports.numberHint}
          min={1_024}
          max={65_535}
          value={port}
          onChange={event => setPort(event.currentTarget.value)}
        />
        <NativeSelect
          label={texts.node.protocol}
          description={texts.node.protocolHint}
          data={Object.entries(texts.node.protocols).map(([value, label]) => ({ value, label }))}
          disabled={port === ''}
          value={protocol}
          onChange={event => setProtocol(event.currentTarget.value as Allocation['protocol'])}
        />
      </div>
      <Failure error={add.error} />
      <div>
        <Button type="submit" loading={add.isPending}>
          {texts.ports.submit}
        </Button>
      </div>
    </Form>
  )
}
