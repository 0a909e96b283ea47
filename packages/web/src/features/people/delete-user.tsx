import { Alert, Checkbox, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { answerOf, api, type User } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { FormCard } from '../../ui/form-card.tsx'
import { useKeepUser } from './people-queries.ts'

export function DeleteUser({ user }: { user: User }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const keep = useKeepUser()
  const [typed, setTyped] = useState('')
  const [withServers, setWithServers] = useState(false)
  const remove = useMutation({
    mutationFn: () =>
      answerOf(
        api.DELETE('/api/v1/users/{id}', {
          params: {
            path: { id: user.id },
            query: withServers ? { servers: 'delete' as const } : {}
          }
        })
      ),
    async onSuccess(leaving) {
      // Their servers go first, on their machines, and they themselves after that.
      if (leaving) return keep(leaving.user)
      void queries.invalidateQueries({ queryKey: ['users'] })
      await navigate({ to: '/people' })
      queries.removeQueries({ queryKey: ['user', user.id] })
    }
  })
  const stuck = remove.data?.servers.filter(({ problem }) => problem !== null) ?? []
  return (
    <FormCard
      isDanger
      title={texts.people.deleteTitle}
      text={texts.people.deleteText}
      submit={texts.settings.delete}
      error={remove.error}
      isPending={remove.isPending}
      isDisabled={typed !== user.username}
      onSubmit={remove.mutate}
    >
      <Checkbox
        label={texts.people.withServers}
        checked={withServers}
        onChange={event => setWithServers(event.currentTarget.checked)}
      />
      <TextInput
        label={texts.settings.deleteConfirm(user.username)}
        autoComplete="off"
        autoCapitalize="none"
        value={typed}
        onChange={event => setTyped(event.currentTarget.value)}
      />
      {stuck.map(({ id, name, problem }) => (
        <Alert key={id} color="yellow">
          {name}: {problem}
        </Alert>
      ))}
    </FormCard>
  )
}
