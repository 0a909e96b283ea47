import { Button, Radio } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { FormCard } from '../../ui/form-card.tsx'
import { CopyButton } from '../../ui/parts.tsx'
import { limitOf, UserFields, type UserFieldsValue } from './user-fields.tsx'

const nobody: UserFieldsValue = { username: '', email: '', role: 'USER', serverLimit: '' }

/** Who it is; then, where none is mailed, the password for the first login, which is shown this once. */
export function NewUser({ onDone }: { onDone: () => void }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const [value, setValue] = useState(nobody)
  const [how, setHow] = useState<'once' | 'mail'>('once')
  const create = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/users', {
          body: {
            ...value,
            serverLimit: limitOf(value.serverLimit),
            ...(how === 'mail' && { invite: true })
          }
        })
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['users'] })
  })
  if (create.data) {
    const { user, password } = create.data
    return (
      <section className="card stack" aria-labelledby="made">
        <div role="status">
          <h2 id="made">{texts.people.made(user.username)}</h2>
          <p className="quiet">
            {password === undefined ? texts.people.mailed(user.email) : texts.people.onceText}
          </p>
        </div>
        {password !== undefined && (
          <div className="row">
            <code className="paste grow">{password}</code>
            <CopyButton text={password} label={texts.copy} />
          </div>
        )}
        <div>
          <Button onClick={onDone}>{texts.nodes.done}</Button>
        </div>
      </section>
    )
  }
  return (
    <FormCard
      title={texts.people.newUser}
      submit={texts.people.create}
      error={create.error}
      isPending={create.isPending}
      onSubmit={create.mutate}
      more={
        <Button variant="default" onClick={onDone}>
          {texts.cancel}
        </Button>
      }
    >
      <UserFields value={value} onChange={setValue} />
      <Radio.Group
        label={texts.people.firstLogin}
        value={how}
        onChange={chosen => setHow(chosen === 'mail' ? 'mail' : 'once')}
      >
        <div className="stack">
          <Radio value="once" label={texts.people.byOnce} />
          <Radio value="mail" label={texts.people.byMail} />
        </div>
      </Radio.Group>
    </FormCard>
  )
}
