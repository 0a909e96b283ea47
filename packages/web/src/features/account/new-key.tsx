import { Alert, Button, NativeSelect, Radio, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, type Me, type PermissionName } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { FormCard } from '../../ui/form-card.tsx'
import { CopyButton, Failure, Waiting } from '../../ui/parts.tsx'
import { PermissionChecks } from '../permissions/permission-checks.tsx'
import { usePermissions } from '../permissions/permissions.ts'
import { CodeField, CurrentPassword } from '../session/password-fields.tsx'
import { useMe } from '../session/session.ts'

const DAY_MS = 86_400_000
const lifetimesDays = ['30', '90', '365', ''] as const

/** What the key may, and proof that its owner asks for it; then its secret, which is shown this once. */
export function NewKey({ onDone }: { onDone: () => void }) {
  const me = useMe()
  const [secret, setSecret] = useState<string>()
  if (secret !== undefined) return <KeySecret secret={secret} onDone={onDone} />
  return me && <NewKeyForm me={me} onSecret={setSecret} onCancel={onDone} />
}

function KeySecret({ secret, onDone }: { secret: string; onDone: () => void }) {
  const texts = useTexts()
  return (
    <section className="card stack" aria-labelledby="secret">
      <div role="status">
        <h2 id="secret">{texts.account.secret}</h2>
        <p className="quiet">{texts.account.secretText}</p>
      </div>
      <div className="row">
        <code className="paste grow">{secret}</code>
        <CopyButton text={secret} label={texts.copy} />
      </div>
      <div>
        <Button onClick={onDone}>{texts.secondFactor.goOn}</Button>
      </div>
    </section>
  )
}

function NewKeyForm(props: { me: Me; onSecret: (secret: string) => void; onCancel: () => void }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const { hasTotp } = props.me.user
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState<ReadonlySet<string>>()
  const [lifetime, setLifetime] = useState('90')
  const [addresses, setAddresses] = useState('')
  const [proof, setProof] = useState('')

  const create = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/api-keys', {
          body: {
            name: name.trim(),
            permissions: chosen ? ([...chosen] as PermissionName[]) : null,
            allowedIps: addresses.split(/[\s,]+/).filter(Boolean),
            expiresAt: endOf(lifetime),
            ...(hasTotp ? { code: proof.trim() } : { currentPassword: proof })
          }
        })
      ),
    onSuccess({ secret }) {
      props.onSecret(secret)
      return queries.invalidateQueries({ queryKey: ['api-keys'] })
    }
  })
  return (
    <FormCard
      title={texts.account.newKey}
      text={texts.account.newKeyText}
      submit={texts.account.createKey}
      error={create.error}
      isPending={create.isPending}
      onSubmit={create.mutate}
      more={
        <Button variant="default" onClick={props.onCancel}>
          {texts.cancel}
        </Button>
      }
    >
      <TextInput
        label={texts.account.keyName}
        required
        autoFocus
        maxLength={64}
        value={name}
        onChange={event => setName(event.currentTarget.value)}
      />
      <Radio.Group
        label={texts.account.keyRights}
        value={chosen ? 'chosen' : 'all'}
        onChange={value => setChosen(value === 'all' ? undefined : new Set())}
      >
        <div className="stack">
          <Radio value="all" label={texts.account.allRights} />
          <Radio value="chosen" label={texts.account.chosenRights} />
        </div>
      </Radio.Group>
      {chosen && <OwnRights me={props.me} chosen={chosen} onChange={setChosen} />}
      {chosen?.size === 0 && <Alert color="yellow">{texts.account.noRights}</Alert>}
      <NativeSelect
        label={texts.account.keyLifetime}
        data={lifetimesDays.map(value => ({
          value,
          label: value ? texts.account.days(value) : texts.account.forever
        }))}
        value={lifetime}
        onChange={event => setLifetime(event.currentTarget.value)}
      />
      <Textarea
        label={texts.account.keyAddresses}
        description={texts.account.keyAddressesHint}
        rows={2}
        resize="vertical"
        value={addresses}
        onChange={event => setAddresses(event.currentTarget.value)}
      />
      {hasTotp ? (
        <CodeField orRecovery value={proof} onChange={setProof} />
      ) : (
        <CurrentPassword label={texts.account.currentPassword} value={proof} onChange={setProof} />
      )}
    </FormCard>
  )
}

/** A key is offered nothing that its owner may not. */
function OwnRights(props: {
  me: Me
  chosen: ReadonlySet<string>
  onChange: (chosen: ReadonlySet<string>) => void
}) {
  const all = usePermissions()
  if (all.isPending) return <Waiting />
  if (!all.data) return <Failure error={all.error} retry={() => void all.refetch()} />
  const held = all.data.data.filter(({ name }) => props.me.permissions.includes(name))
  return <PermissionChecks permissions={held} chosen={props.chosen} onChange={props.onChange} />
}

function endOf(days: string): string | null {
  return days === '' ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString()
}
