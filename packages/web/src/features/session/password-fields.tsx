import { PasswordInput, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useTexts } from '../../texts/language.tsx'

interface FieldProps {
  value: string
  onChange: (value: string) => void
}

/** The password that somebody has. */
export function CurrentPassword({ value, onChange, label }: FieldProps & { label?: string }) {
  const texts = useTexts()
  return (
    <PasswordInput
      label={label ?? texts.login.password}
      autoComplete="current-password"
      required
      maxLength={255}
      value={value}
      onChange={event => onChange(event.currentTarget.value)}
    />
  )
}

/** The one that they choose. */
export function FreshPassword(props: FieldProps & { autoFocus?: boolean }) {
  const texts = useTexts()
  return (
    <PasswordInput
      label={texts.newPassword.fresh}
      description={texts.newPassword.hint}
      autoComplete="new-password"
      autoFocus={props.autoFocus ?? false}
      required
      minLength={8}
      maxLength={72}
      value={props.value}
      onChange={event => props.onChange(event.currentTarget.value)}
    />
  )
}

/** The same twice, so that nobody is locked out by a slip. */
export function useFreshPassword() {
  const texts = useTexts()
  const [fresh, setFresh] = useState('')
  const [again, setAgain] = useState('')
  const [isTold, setIsTold] = useState(false)
  const differ = fresh !== again
  return {
    fresh,
    /** Whether it can be saved; who is told no sees why. */
    check(): boolean {
      setIsTold(differ)
      return !differ
    },
    clear() {
      setFresh('')
      setAgain('')
    },
    fields: (isFirst: boolean) => (
      <>
        <FreshPassword value={fresh} onChange={setFresh} autoFocus={isFirst} />
        <PasswordInput
          label={texts.newPassword.again}
          autoComplete="new-password"
          required
          value={again}
          error={isTold && differ && texts.newPassword.differ}
          onChange={event => setAgain(event.currentTarget.value)}
        />
      </>
    )
  }
}

/** A code of the app. `orRecovery`: one of the codes kept for when the phone is lost will do. */
export function CodeField(props: FieldProps & { orRecovery?: boolean; autoFocus?: boolean }) {
  const texts = useTexts()
  return (
    <TextInput
      label={texts.login.code}
      description={props.orRecovery ? texts.login.codeHint : undefined}
      autoComplete="one-time-code"
      autoFocus={props.autoFocus ?? false}
      {...(!props.orRecovery && { inputMode: 'numeric' as const })}
      required
      minLength={6}
      maxLength={props.orRecovery ? 32 : 9}
      value={props.value}
      onChange={event => props.onChange(event.currentTarget.value)}
    />
  )
}
