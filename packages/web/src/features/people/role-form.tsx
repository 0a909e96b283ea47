import { Alert, Switch, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { answerOf, api, type Me, type Role } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { FormCard } from '../../ui/form-card.tsx'
import { RoleRights } from './role-rights.tsx'

const empty = { name: '', description: '', requiresTotp: false, permissions: {} }

export function RoleForm(props: { role?: Role; scopes: Me['scopes']; mayChange: boolean }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { role, mayChange } = props
  const [value, setValue] = useState<Pick<Role, keyof typeof empty>>(() => formOf(role ?? empty))
  const set = (change: Partial<typeof value>) => setValue({ ...value, ...change })
  // ADMIN can put everything right: nobody takes anything from it.
  const isAll = role?.isSystem === true && role.name === 'ADMIN'
  const save = useMutation({
    mutationFn: () =>
      role
        ? answerOf(
            api.PATCH('/api/v1/roles/{id}', {
              params: { path: { id: role.id } },
              body: value
            })
          )
        : answerOf(api.POST('/api/v1/roles', { body: value })),
    async onSuccess(saved) {
      queries.setQueryData(['role', saved.id], saved)
      for (const key of ['roles', 'me']) void queries.invalidateQueries({ queryKey: [key] })
      if (!role) await navigate({ to: '/people/roles/$roleId', params: { roleId: saved.id } })
    }
  })
  const isSame = role !== undefined && JSON.stringify(value) === JSON.stringify(formOf(role))
  return (
    <FormCard
      title={role?.name ?? texts.people.addRole}
      text={role ? texts.people.usersCount(role.usersCount) : texts.people.newRoleText}
      submit={texts.settings.save}
      done={save.isSuccess && isSame && texts.settings.saved}
      error={save.error}
      isPending={save.isPending}
      isDisabled={!mayChange || isSame}
      onSubmit={save.mutate}
    >
      {!mayChange && <Alert>{texts.people.roleTooMuch}</Alert>}
      <div className="pair">
        <TextInput
          label={texts.people.roleName}
          required
          maxLength={64}
          disabled={!mayChange || role?.isSystem === true}
          value={value.name}
          onChange={event => set({ name: event.currentTarget.value })}
        />
        <Textarea
          label={texts.people.description}
          rows={2}
          maxLength={2_000}
          disabled={!mayChange}
          value={value.description}
          onChange={event => set({ description: event.currentTarget.value })}
        />
      </div>
      <Switch
        label={texts.people.requiresTotp}
        disabled={!mayChange}
        checked={value.requiresTotp}
        onChange={event => set({ requiresTotp: event.currentTarget.checked })}
      />
      <RoleRights
        value={value.permissions}
        scopes={mayChange && !isAll ? props.scopes : {}}
        onChange={permissions => set({ permissions })}
      />
    </FormCard>
  )
}

function formOf({ name, description, requiresTotp, permissions }: Pick<Role, keyof typeof empty>) {
  return { name, description, requiresTotp, permissions }
}
