import { NativeSelect, TextInput } from '@mantine/core'
import { useTexts } from '../../texts/language.tsx'
import { useRoleNames } from './people-queries.ts'

export interface UserFieldsValue {
  username: string
  email: string
  role: string
  /** Empty: as many as are wanted. */
  serverLimit: string
}

export function UserFields(props: {
  value: UserFieldsValue
  onChange: (value: UserFieldsValue) => void
}) {
  const texts = useTexts().people
  const { value } = props
  const set = (change: Partial<UserFieldsValue>) => props.onChange({ ...value, ...change })
  return (
    <div className="pair">
      <TextInput
        label={texts.username}
        autoComplete="off"
        autoCapitalize="none"
        required
        minLength={3}
        maxLength={32}
        pattern="[A-Za-z0-9._\-]+"
        value={value.username}
        onChange={event => set({ username: event.currentTarget.value })}
      />
      <TextInput
        type="email"
        label={texts.email}
        autoComplete="off"
        required
        maxLength={254}
        value={value.email}
        onChange={event => set({ email: event.currentTarget.value })}
      />
      <RoleField value={value.role} onChange={role => set({ role })} />
      <TextInput
        type="number"
        label={texts.serverLimit}
        description={texts.serverLimitHint}
        min={0}
        max={10_000}
        value={value.serverLimit}
        onChange={event => set({ serverLimit: event.currentTarget.value })}
      />
    </div>
  )
}

function RoleField({ value, onChange }: { value: string; onChange: (role: string) => void }) {
  const texts = useTexts().people
  const names = useRoleNames()
  if (!names) {
    return (
      <TextInput
        label={texts.role}
        description={texts.roleHint}
        required
        maxLength={64}
        value={value}
        onChange={event => onChange(event.currentTarget.value)}
      />
    )
  }
  return (
    <NativeSelect
      label={texts.role}
      description={texts.roleHint}
      data={names.includes(value) ? names : [value, ...names]}
      value={value}
      onChange={event => onChange(event.currentTarget.value)}
    />
  )
}

export function limitOf(typed: string): number | null {
  return typed === '' ? null : Number(typed)
}
