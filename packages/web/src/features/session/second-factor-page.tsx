import { Button } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTexts } from '../../texts/language.tsx'
import { Failure } from '../../ui/parts.tsx'
import { Door } from './door.tsx'
import { CodeField, CurrentPassword } from './password-fields.tsx'
import { RecoveryCodes, SecretToScan, useSecondFactor } from './second-factor-steps.tsx'

/** For whose role demands a second factor. */
export function SecondFactorPage() {
  const texts = useTexts()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const { begin, confirm } = useSecondFactor()

  if (confirm.data) {
    const goOn = () => {
      queries.clear()
      void navigate({ to: '/' })
    }
    return (
      <Door title={texts.secondFactor.kept} text={texts.secondFactor.keptText} onSubmit={goOn}>
        <RecoveryCodes codes={confirm.data.recoveryCodes} />
        <Button type="submit">{texts.secondFactor.goOn}</Button>
      </Door>
    )
  }
  if (!begin.data) {
    return (
      <Door
        title={texts.secondFactor.title}
        text={texts.secondFactor.text}
        onSubmit={() => begin.mutate(password)}
      >
        <CurrentPassword value={password} onChange={setPassword} />
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
      onSubmit={() => confirm.mutate(code)}
    >
      <SecretToScan {...begin.data} />
      <CodeField value={code} onChange={setCode} />
      <Failure error={confirm.error} />
      <Button type="submit" loading={confirm.isPending}>
        {texts.secondFactor.confirm}
      </Button>
    </Door>
  )
}
