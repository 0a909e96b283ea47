import { Alert, Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, type Server, type ServerRight } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Form } from '../../ui/form.tsx'
import { Failure } from '../../ui/parts.tsx'
import { bundleNames, bundles, isSame } from './rights.ts'
import { RightsGrid } from './rights-grid.tsx'

export function InviteForm({ server }: { server: Server }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const mine = new Set(server.permissions)
  const given = (rights: readonly ServerRight[]) => new Set(rights.filter(right => mine.has(right)))
  const [who, setWho] = useState('')
  const [chosen, setChosen] = useState<ReadonlySet<ServerRight>>(() => given(bundles.run))
  const invite = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/api/v1/servers/{id}/members', {
          params: { path: { id: server.id } },
          body: { invite: who.trim(), permissions: [...chosen] }
        })
      ),
    onSuccess() {
      setWho('')
      return queries.invalidateQueries({ queryKey: ['invited', server.id] })
    }
  })
  return (
    <Form className="card stack" onSubmit={() => invite.mutate()}>
      <div>
        <h2>{texts.members.invite}</h2>
        <p className="quiet">{texts.members.inviteText}</p>
      </div>
      <TextInput
        label={texts.members.who}
        description={texts.members.whoHint}
        required
        maxLength={254}
        autoComplete="off"
        value={who}
        onChange={event => {
          invite.reset()
          setWho(event.currentTarget.value)
        }}
      />
      <fieldset className="sizes">
        <legend>{texts.members.what}</legend>
        <div className="pair">
          {bundleNames.map(name => (
            <label key={name} className="choice size">
              <input
                type="radio"
                name="bundle"
                checked={isSame(chosen, given(bundles[name]))}
                onChange={() => setChosen(given(bundles[name]))}
              />
              <strong>{texts.members.bundles[name]}</strong>
              <span className="quiet">{texts.members.bundleHints[name]}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <details>
        <summary>{texts.members.single}</summary>
        <RightsGrid chosen={chosen} mine={mine} onChange={setChosen} />
      </details>
      <Failure error={invite.error} />
      {invite.isSuccess && (
        <Alert color="green" role="status">
          {texts.members.invited(invite.data.invitee)}
        </Alert>
      )}
      <div>
        <Button type="submit" loading={invite.isPending}>
          {texts.members.submit}
        </Button>
      </div>
    </Form>
  )
}
