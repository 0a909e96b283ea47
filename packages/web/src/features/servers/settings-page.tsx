import { Alert, Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { answerOf, api, type Command, type Server } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Empty, Failure } from '../../ui/parts.tsx'
import { useServer } from './server-query.ts'

export function SettingsPage() {
  const server = useServer()
  const texts = useTexts()
  const may = new Set(server.permissions)
  if (!may.has('server-update') && !may.has('server-delete')) {
    return <Empty title={texts.settings.title} text={texts.settings.hidden} />
  }
  return (
    <div className="stack narrow">
      {may.has('server-update') && <NameForm key={server.name} server={server} />}
      {may.has('server-delete') && <DeleteForm server={server} />}
    </div>
  )
}

function NameForm({ server }: { server: Server }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const [name, setName] = useState(server.name)
  const save = useMutation({
    mutationFn: () =>
      answerOf(
        api.PATCH('/api/v1/servers/{id}', {
          params: { path: { id: server.id } },
          body: { name: name.trim() }
        })
      ),
    onSuccess(saved) {
      queries.setQueryData(['server', server.id], saved)
      void queries.invalidateQueries({ queryKey: ['servers'] })
    }
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <form className="card stack" onSubmit={submit}>
      <h2>{texts.settings.title}</h2>
      <TextInput
        label={texts.settings.name}
        required
        maxLength={64}
        value={name}
        onChange={event => setName(event.currentTarget.value)}
      />
      <Failure error={save.error} />
      {save.isSuccess && (
        <Alert color="green" role="status">
          {texts.settings.saved}
        </Alert>
      )}
      <div>
        <Button type="submit" loading={save.isPending} disabled={name.trim() === server.name}>
          {texts.settings.save}
        </Button>
      </div>
    </form>
  )
}

function DeleteForm({ server }: { server: Server }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [typed, setTyped] = useState('')
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
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (typed === server.name) remove.mutate()
  }
  return (
    <form className="card stack danger" onSubmit={submit}>
      <div>
        <h2>{texts.settings.deleteTitle}</h2>
        <p className="quiet">{texts.settings.deleteText}</p>
      </div>
      <TextInput
        label={texts.settings.deleteConfirm(server.name)}
        autoComplete="off"
        value={typed}
        onChange={event => setTyped(event.currentTarget.value)}
      />
      <Failure error={remove.error} />
      <div>
        <Button
          type="submit"
          color="red"
          disabled={typed !== server.name || remove.isSuccess}
          loading={remove.isPending}
        >
          {remove.isSuccess ? texts.settings.deleting : texts.settings.delete}
        </Button>
      </div>
    </form>
  )
}
