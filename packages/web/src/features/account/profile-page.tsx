import { TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, type Me } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { FormCard } from '../../ui/form-card.tsx'
import { Preferences } from '../../ui/preferences.tsx'
import { CodeField, CurrentPassword } from '../session/password-fields.tsx'
import { mayEverywhere, useMe } from '../session/session.ts'

export function ProfilePage() {
  const texts = useTexts().account
  const me = useMe()
  if (!me) return null
  return (
    <div className="stack narrow">
      <NameCard me={me} />
      <EmailForm user={me.user} />
      <section className="card stack">
        <div>
          <h2>{texts.appearance}</h2>
          <p className="quiet">{texts.appearanceText}</p>
        </div>
        <Preferences />
      </section>
    </div>
  )
}

/** Only who keeps the users renames anybody, themselves as well. */
function NameCard({ me }: { me: Me }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const [username, setUsername] = useState(me.user.username)
  const save = useMutation({
    mutationFn: () =>
      answerOf(
        api.PATCH('/api/v1/users/{id}', {
          params: { path: { id: me.user.id } },
          body: { username: username.trim() }
        })
      ),
    onSuccess: () =>
      Promise.all(
        ['me', 'users', 'user'].map(key => queries.invalidateQueries({ queryKey: [key] }))
      )
  })
  const role = texts.account.roleIs(me.user.role)
  if (!mayEverywhere(me, 'user-update')) {
    return (
      <section className="card">
        <h2>{me.user.username}</h2>
        <p className="quiet">{role}</p>
      </section>
    )
  }
  return (
    <FormCard
      title={texts.account.name}
      text={role}
      submit={texts.settings.save}
      done={save.isSuccess && texts.settings.saved}
      error={save.error}
      isPending={save.isPending}
      isDisabled={username.trim() === me.user.username}
      onSubmit={save.mutate}
    >
      <TextInput
        label={texts.people.username}
        autoComplete="username"
        required
        minLength={3}
        maxLength={32}
        value={username}
        onChange={event => setUsername(event.currentTarget.value)}
      />
    </FormCard>
  )
}

function EmailForm({ user }: { user: Me['user'] }) {
  const texts = useTexts()
  const [newEmail, setNewEmail] = useState('')
  const [currentPassword, setCurrentPassword] = useState('')
  const [code, setCode] = useState('')
  const ask = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/auth/email', {
          body: {
            ...{ newEmail: newEmail.trim(), currentPassword },
            ...(user.hasTotp && { code: code.trim() })
          }
        })
      ),
    onSuccess() {
      setCurrentPassword('')
      setCode('')
    }
  })
  return (
    <FormCard
      title={texts.account.email}
      text={texts.account.emailText(user.email)}
      submit={texts.account.emailSubmit}
      done={ask.isSuccess && texts.account.emailSent}
      error={ask.error}
      isPending={ask.isPending}
      onSubmit={ask.mutate}
    >
      <TextInput
        type="email"
        label={texts.account.newEmail}
        autoComplete="email"
        required
        maxLength={254}
        value={newEmail}
        onChange={event => setNewEmail(event.currentTarget.value)}
      />
      <CurrentPassword
        label={texts.account.currentPassword}
        value={currentPassword}
        onChange={setCurrentPassword}
      />
      {user.hasTotp && <CodeField orRecovery value={code} onChange={setCode} />}
    </FormCard>
  )
}
