import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { FormCard } from '../../ui/form-card.tsx'
import { CodeField, CurrentPassword } from '../session/password-fields.tsx'
import { RecoveryCodes, SecretToScan, useSecondFactor } from '../session/second-factor-steps.tsx'

/** Codes stay on the page until somebody says that they are kept. */
export function SecondFactorCard({ hasTotp }: { hasTotp: boolean }) {
  const [codes, setCodes] = useState<readonly string[]>()
  if (codes) return <KeepCodes codes={codes} onKept={() => setCodes(undefined)} />
  if (hasTotp) return <FactorOn onCodes={setCodes} />
  return <FactorOff onCodes={setCodes} />
}

interface Step {
  onCodes: (codes: readonly string[]) => void
}

function KeepCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const texts = useTexts().secondFactor
  return (
    <section className="card stack" aria-labelledby="kept">
      <div role="status">
        <h2 id="kept">{texts.kept}</h2>
        <p className="quiet">{texts.keptText}</p>
      </div>
      <RecoveryCodes codes={codes} />
      <div>
        <Button onClick={onKept}>{texts.goOn}</Button>
      </div>
    </section>
  )
}

function FactorOff({ onCodes }: Step) {
  const texts = useTexts()
  const reread = useRereadAccount()
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const { begin, confirm } = useSecondFactor()
  if (!begin.data) {
    return (
      <FormCard
        title={texts.account.factor}
        text={texts.account.factorOff}
        submit={texts.secondFactor.begin}
        error={begin.error}
        isPending={begin.isPending}
        onSubmit={() => begin.mutate(password)}
      >
        <CurrentPassword
          label={texts.account.currentPassword}
          value={password}
          onChange={setPassword}
        />
      </FormCard>
    )
  }
  const submit = () =>
    confirm.mutate(code, {
      onSuccess({ recoveryCodes }) {
        onCodes(recoveryCodes)
        return reread()
      }
    })
  return (
    <FormCard
      title={texts.account.factor}
      text={texts.secondFactor.secretText}
      submit={texts.secondFactor.confirm}
      error={confirm.error}
      isPending={confirm.isPending}
      onSubmit={submit}
      more={
        <Button variant="default" onClick={begin.reset}>
          {texts.cancel}
        </Button>
      }
    >
      <SecretToScan {...begin.data} />
      <CodeField autoFocus value={code} onChange={setCode} />
    </FormCard>
  )
}

function FactorOn({ onCodes }: Step) {
  const texts = useTexts().account
  const reread = useRereadAccount()
  const [currentPassword, setCurrentPassword] = useState('')
  const [code, setCode] = useState('')
  const body = { currentPassword, code: code.trim() }
  const renew = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/auth/totp/recovery-codes', { body })),
    onSuccess: ({ recoveryCodes }) => onCodes(recoveryCodes)
  })
  const remove = useMutation({
    mutationFn: () => answerOf(api.DELETE('/api/v1/auth/totp', { body })),
    onSuccess: reread
  })
  return (
    <FormCard
      title={texts.factor}
      text={texts.factorOn}
      submit={texts.newCodes}
      error={renew.error ?? remove.error}
      isPending={renew.isPending}
      onSubmit={renew.mutate}
      more={
        <Button
          color="red"
          variant="outline"
          loading={remove.isPending}
          disabled={currentPassword === '' || code.trim().length < 6}
          onClick={() => remove.mutate()}
        >
          {texts.factorRemove}
        </Button>
      }
    >
      <CurrentPassword
        label={texts.currentPassword}
        value={currentPassword}
        onChange={setCurrentPassword}
      />
      <CodeField orRecovery value={code} onChange={setCode} />
    </FormCard>
  )
}

function useRereadAccount() {
  const queries = useQueryClient()
  return () =>
    Promise.all(['me', 'sessions'].map(key => queries.invalidateQueries({ queryKey: [key] })))
}
