import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Failure } from '../../ui/parts.tsx'
import { Door } from './door.tsx'
import { CodeField, CurrentPassword, useFreshPassword } from './password-fields.tsx'
import { meQuery } from './session.ts'
import { typedPassword } from './typed-password.ts'

export function NewPasswordPage() {
  const texts = useTexts()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [given] = useState(typedPassword.read)
  const [current, setCurrent] = useState('')
  const [code, setCode] = useState('')
  const password = useFreshPassword()
  const hasTotp = useQuery(meQuery).data?.user.hasTotp ?? false

  const save = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/auth/password', {
          body: {
            currentPassword: given ?? current,
            newPassword: password.fresh,
            ...(hasTotp && { code: code.trim() })
          }
        })
      ),
    onSuccess() {
      typedPassword.forget()
      queries.clear()
      return navigate({ to: '/', replace: true })
    }
  })

  return (
    <Door
      title={texts.newPassword.title}
      text={texts.newPassword.text}
      onSubmit={() => password.check() && save.mutate()}
    >
      {given === undefined && (
        <CurrentPassword label={texts.newPassword.current} value={current} onChange={setCurrent} />
      )}
      {password.fields(true)}
      {hasTotp && <CodeField orRecovery value={code} onChange={setCode} />}
      <Failure error={save.error} />
      <Button type="submit" size="md" loading={save.isPending}>
        {texts.newPassword.submit}
      </Button>
    </Door>
  )
}
