import { Alert, Anchor, Button, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Failure } from '../../ui/parts.tsx'
import { Door } from './door.tsx'
import { useLinkSecret } from './link-secret.ts'
import { FreshPassword } from './password-fields.tsx'

/** Asks for the mail, and is where the mail's link leads. */
export function ResetPage() {
  const token = useLinkSecret()
  return token ? <ChooseForm token={token} /> : <AskForm />
}

function AskForm() {
  const texts = useTexts()
  const [email, setEmail] = useState('')
  const ask = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/auth/password-reset', { body: { email } }))
  })
  return (
    <Door title={texts.reset.title} text={texts.reset.text} onSubmit={() => ask.mutate()}>
      <TextInput
        type="email"
        label={texts.reset.email}
        autoComplete="email"
        required
        value={email}
        onChange={event => setEmail(event.currentTarget.value)}
      />
      <Failure error={ask.error} />
      {ask.isSuccess && (
        <Alert color="green" role="status">
          {texts.reset.sent}
        </Alert>
      )}
      <Button type="submit" size="md" loading={ask.isPending}>
        {texts.reset.submit}
      </Button>
      <ToLogin />
    </Door>
  )
}

function ChooseForm({ token }: { token: string }) {
  const texts = useTexts()
  const [newPassword, setNewPassword] = useState('')
  const save = useMutation({
    mutationFn: () =>
      answerOf(api.POST('/api/v1/auth/password-reset/confirm', { body: { token, newPassword } }))
  })
  return (
    <Door title={texts.reset.title} text={texts.reset.choose} onSubmit={() => save.mutate()}>
      {save.isSuccess ? (
        <Alert color="green" role="status">
          {texts.reset.done}
        </Alert>
      ) : (
        <>
          <FreshPassword value={newPassword} onChange={setNewPassword} />
          <Failure error={save.error} />
          <Button type="submit" size="md" loading={save.isPending}>
            {texts.reset.save}
          </Button>
        </>
      )}
      <ToLogin />
    </Door>
  )
}

function ToLogin() {
  const texts = useTexts()
  return (
    <Anchor component={Link} to="/login" size="sm">
      {texts.reset.toLogin}
    </Anchor>
  )
}
