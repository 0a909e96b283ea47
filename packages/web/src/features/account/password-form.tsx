import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { FormCard } from '../../ui/form-card.tsx'
import { CodeField, CurrentPassword, useFreshPassword } from '../session/password-fields.tsx'

export function PasswordForm({ hasTotp }: { hasTotp: boolean }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const [currentPassword, setCurrentPassword] = useState('')
  const [code, setCode] = useState('')
  const password = useFreshPassword()
  const save = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/auth/password', {
          body: {
            ...{ currentPassword, newPassword: password.fresh },
            ...(hasTotp && { code: code.trim() })
          }
        })
      ),
    onSuccess() {
      setCurrentPassword('')
      setCode('')
      password.clear()
      return queries.invalidateQueries({ queryKey: ['sessions'] })
    }
  })
  return (
    <FormCard
      title={texts.login.password}
      text={texts.account.passwordText}
      submit={texts.account.passwordSubmit}
      done={save.isSuccess && texts.account.passwordSaved}
      error={save.error}
      isPending={save.isPending}
      onSubmit={() => password.check() && save.mutate()}
    >
      <CurrentPassword
        label={texts.account.currentPassword}
        value={currentPassword}
        onChange={setCurrentPassword}
      />
      {password.fields(false)}
      {hasTotp && <CodeField orRecovery value={code} onChange={setCode} />}
    </FormCard>
  )
}
