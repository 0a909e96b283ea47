import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { answerOf, api, type Member, type Server, type ServerRight } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { Form } from '../../ui/form.tsx'
import { Failure } from '../../ui/parts.tsx'
import { SureButton } from '../../ui/sure-button.tsx'
import { mayHandle } from './rights.ts'
import { RightsGrid } from './rights-grid.tsx'
import { RightsWords } from './rights-words.tsx'

/** One who shares the server, and what whoever manages it can make of that. */
export function MemberCard(props: { server: Server; member: Member; isManaged: boolean }) {
  const { server, member, isManaged } = props
  const texts = useTexts()
  const { language } = useLanguage()
  const queries = useQueryClient()
  const [isOpen, setIsOpen] = useState(false)
  const remove = useMutation({
    mutationFn: () =>
      answerOf(
        api.DELETE('/api/v1/servers/{id}/members/{userId}', {
          params: { path: { id: server.id, userId: member.userId } }
        })
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['members', server.id] })
  })
  const mayChange = mayHandle(new Set(server.permissions), member.permissions)
  const since = new Date(member.since).toLocaleDateString(language, { dateStyle: 'long' })
  return (
    <li className="card stack">
      <div className="row">
        <div className="grow">
          <strong>{member.username}</strong>
          <p className="quiet">{texts.members.since(since)}</p>
        </div>
        {isManaged && mayChange && (
          <div className="row">
            <Button
              variant="default"
              aria-expanded={isOpen}
              aria-label={texts.members.changeOf(member.username)}
              onClick={() => setIsOpen(!isOpen)}
            >
              {texts.members.change}
            </Button>
            <SureButton
              label={texts.members.remove}
              name={texts.members.removeOf(member.username)}
              text={texts.members.removeText}
              isPending={remove.isPending}
              onSure={() => remove.mutate()}
            />
          </div>
        )}
      </div>
      <Failure error={remove.error} />
      {isOpen && mayChange ? (
        <RightsForm server={server} member={member} onDone={() => setIsOpen(false)} />
      ) : (
        <RightsWords rights={member.permissions} />
      )}
      {isManaged && !mayChange && <p className="quiet">{texts.members.more}</p>}
    </li>
  )
}

function RightsForm(props: { server: Server; member: Member; onDone: () => void }) {
  const { server, member, onDone } = props
  const texts = useTexts()
  const queries = useQueryClient()
  const [chosen, setChosen] = useState<ReadonlySet<ServerRight>>(
    () => new Set(member.permissions as ServerRight[])
  )
  const save = useMutation({
    mutationFn: () =>
      answerOf(
        api.PATCH('/api/v1/servers/{id}/members/{userId}', {
          params: { path: { id: server.id, userId: member.userId } },
          body: { permissions: [...chosen] }
        })
      ),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: ['members', server.id] })
      onDone()
    }
  })
  return (
    <Form className="stack" onSubmit={() => save.mutate()}>
      <RightsGrid chosen={chosen} mine={new Set(server.permissions)} onChange={setChosen} />
      <Failure error={save.error} />
      <div className="row">
        <Button type="submit" loading={save.isPending}>
          {texts.members.save}
        </Button>
        <Button variant="default" onClick={onDone}>
          {texts.cancel}
        </Button>
      </div>
    </Form>
  )
}
