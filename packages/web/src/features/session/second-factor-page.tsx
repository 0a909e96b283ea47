import { Alert, Anchor, Button, PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { CopyButton, Failure } from '../../ui/parts.tsx'
import { Door } from './door.tsx'

/** For whose role demands a second factor: the password, the app's secret, its first code, the recovery codes. */
export function SecondFactorPage() {
  const texts = useTexts()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const begin = useMutation({
    mutationFn: () =>
      answerOf(api.POST('/api/v1/auth/totp', { body: { currentPassword: password } }))
  })
  const confirm = useMutation({
    mutationFn: () =>
      answerOf(api.POST('/api/v1/auth/totp/confirm', { body: { code: code.trim() } }))
  })

  if (confirm.data) {
    const codes = confirm.data.recoveryCodes.join('\n')
    const goOn = () => {
      queries.clear()
      void navigate({ to: '/' })
    }
    return (
      <Door title={texts.secondFactor.kept} text={texts.secondFactor.keptText} onSubmit={goOn}>
        <div className="row">
          <pre className="paste grow">{codes}</pre>
          <CopyButton text={codes} label={texts.copy} />
        </div>
        <Button type="submit">{texts.secondFactor.goOn}</Button>
      </Door>
    )
  }
  if (!begin.data) {
    return (
      <Door
        title={texts.secondFactor.title}
        text={texts.secondFactor.text}
        onSubmit={() => begin.mutate()}
      >
        <PasswordInput
          label={texts.login.password}
          autoComplete="current-password"
          required
          value={password}
          onChange={event => setPassword(event.currentTarget.value)}
        />
        <Failure error={begin.error} />
        <Button type="submit" loading={begin.isPending}>
          {texts.secondFactor.begin}
        </Button>
      </Door>
    )
  }
  return (
    <Door
      title={texts.secondFactor.title}
      text={texts.secondFactor.secretText}
      onSubmit={() => confirm.mutate()}
    >
      <div className="row">
        <pre className="paste grow">{begin.data.secret}</pre>
        <CopyButton text={begin.data.secret} label={texts.copy} />
      </div>
      <Alert>
        <Anchor href={begin.data.uri}>{texts.secondFactor.open}</Anchor>
      </Alert>
      <TextInput
        label={texts.login.code}
        autoComplete="one-time-code"
        inputMode="numeric"
        required
        minLength={6}
        maxLength={9}
        value={code}
        onChange={event => setCode(event.currentTarget.value)}
      />
      <Failure error={confirm.error} />
      <Button type="submit" loading={confirm.isPending}>
        {texts.secondFactor.confirm}
      </Button>
    </Door>
  )
}
