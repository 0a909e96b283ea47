import { Alert, Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { answerOf, api, type Command, type Server } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { DeleteCard } from '../../ui/delete-card.tsx'
import { Form } from '../../ui/form.tsx'
import { Empty, Failure } from '../../ui/parts.tsx'
import { useKeepServer, useServer } from './server-query.ts'

export function SettingsPage() {
  const server = useServer()
  const texts = useTexts()
  const may = new Set(server.permissions)
  if (!may.has('server-update') && !may.has('server-delete')) {
    return <Empty title={texts.settings.title} text={texts.settings.hidden} />
  }
  return (
    <div className="stack narrow">
      {may.has('server-update') && <NameForm server={server} />}
      {may.has('server-delete') && <DeleteForm server={server} />}
    </div>
  )
}

function NameForm({ server }: { server: Server }) {
  const texts = useTexts()
  const keep = useKeepServer()
  const [name, setName] = useState(server.name)
  const save = useMutation({
    mutationFn: () =>
      answerOf(
        api.PATCH('/api/v1/servers/{id}', {
          params: { path: { id: server.id } },
          body: { name: name.trim() }
        })
      ),
    onSuccess: keep
  })
  return (
    <Form className="card stack" onSubmit={() => save.mutate()}>
      <h2>{texts.settings.title}</h2>
      <TextInput
        label={texts.settings.name}
        required
        maxLength={64}
        value={name}
        onChange={event => setName(event.currentTarget.value)}
      />
      <Failure error={save.error} />
      {save.isSuccess && name.trim() === server.name && (
        <Alert color="green" role="status">
          {texts.settings.saved}
        </Alert>
      )}
      <div>
        <Button type="submit" loading={save.isPending} disabled={name.trim() === server.name}>
          {texts.settings.save}
        </Button>
      </div>
    </Form>
  )
}

function DeleteForm({ server }: { server: Server }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const remove = useMutation({
    mutationFn: () =>
      answerOf(api.DELETE('/api/v1/servers/{id}', { params: { path: { id: server.id } } })),
    onSuccess(answer) {
      // Without a machine there is nothing to wait for.
      if (!answer) return navigate({ to: '/' })
      queries.setQueryData<Command>(['command', server.id], newest =>
        newest?.id === answer.command.id ? newest : answer.command
      )
      return undefined
    }
  })
  return (
    <DeleteCard
      title={texts.settings.deleteTitle}
      text={texts.settings.deleteText}
      name={server.name}
      removal={remove}
      onRemove={() => remove.mutate()}
    />
  )
}
