import { NativeSelect } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { answerOf, api, type Role } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Failure } from '../../ui/parts.tsx'
import { SureButton } from '../../ui/sure-button.tsx'

/** A role that somebody has goes when they get another one. */
export function DeleteRole({ role }: { role: Role }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const [chosen, setChosen] = useState('')
  const isHeld = role.usersCount > 0
  const others = useQuery({
    queryKey: ['roles', 'names'],
    enabled: isHeld,
    queryFn: ({ signal }) =>
      answerOf(api.GET('/api/v1/roles', { signal, params: { query: { limit: 200 } } }))
  })
  const choices = others.data?.data.filter(({ id }) => id !== role.id) ?? []
  const replaceWith = chosen || choices[0]?.id
  const remove = useMutation({
    mutationFn: () =>
      answerOf(
        api.DELETE('/api/v1/roles/{id}', {
          params: {
            path: { id: role.id },
            query: isHeld && replaceWith ? { replaceWith } : {}
          }
        })
      ),
    onSuccess() {
      for (const key of ['roles', 'users', 'user']) {
        void queries.invalidateQueries({ queryKey: [key] })
      }
      return navigate({ to: '/people/roles' })
    }
  })
  return (
    <section className="card stack danger">
      <div>
        <h2>{texts.people.deleteRole}</h2>
        <p className="quiet">
          {isHeld ? texts.people.deleteRoleHeld(role.usersCount) : texts.people.deleteRoleText}
        </p>
      </div>
      {isHeld && (
        <NativeSelect
          label={texts.people.replaceWith}
          data={choices.map(({ id, name }) => ({ value: id, label: name }))}
          value={replaceWith ?? ''}
          onChange={event => setChosen(event.currentTarget.value)}
        />
      )}
      <Failure error={remove.error} />
      <div>
        <SureButton
          label={texts.people.deleteRole}
          name={texts.people.deleteRole}
          text={texts.people.deleteRoleQuestion(role.name)}
          isPending={remove.isPending}
          onSure={remove.mutate}
        />
      </div>
    </section>
  )
}
