import { Button, PasswordInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useRouterState } from '@tanstack/react-router'
import { useState } from 'react'
import { answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Failure } from '../../ui/parts.tsx'
import { Door } from './door.tsx'

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** What was just typed at the login: it is not asked for twice. */
    password?: string
  }
}

export function NewPasswordPage() {
  const texts = useTexts()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const given = useRouterState({ select: state => state.location.state.password })
  const [current, setCurrent] = useState('')
  const [fresh, setFresh] = useState('')
  const [again, setAgain] = useState('')
  const [isTold, setIsTold] = useState(false)
  const differ = fresh !== again

  const save = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/auth/password', {
          body: { currentPassword: given ?? current, newPassword: fresh }
        })
      ),
    onSuccess() {
      queries.clear()
      return navigate({ to: '/', replace: true })
    }
  })

  return (
    <Door
      title={texts.newPassword.title}
      text={texts.newPassword.text}
      onSubmit={() => (differ ? setIsTold(true) : save.mutate())}
    >
      {given === undefined && (
        <PasswordInput
          label={texts.newPassword.current}
          autoComplete="current-password"
          required
          value={current}
          onChange={event => setCurrent(event.currentTarget.value)}
        />
      )}
      <PasswordInput
        label={texts.newPassword.fresh}
        description={texts.newPassword.hint}
        autoComplete="new-password"
        autoFocus
        required
        minLength={8}
        maxLength={72}
        value={fresh}
        onChange={event => setFresh(event.currentTarget.value)}
      />
      <PasswordInput
        label={texts.newPassword.again}
        autoComplete="new-password"
        required
        value={again}
        error={isTold && differ && texts.newPassword.differ}
        onChange={event => setAgain(event.currentTarget.value)}
      />
      <Failure error={save.error} />
      <Button type="submit" size="md" loading={save.isPending}>
        {texts.newPassword.submit}
      </Button>
    </Door>
  )
}
