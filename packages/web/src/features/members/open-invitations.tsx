import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answerOf, api, type OpenInvitation } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { Failure } from '../../ui/parts.tsx'
import { SureButton } from '../../ui/sure-button.tsx'
import { invitedQuery } from './members-query.ts'
import { RightsWords } from './rights-words.tsx'

/** What was asked and not answered yet. */
export function OpenInvitations({ serverId }: { serverId: string }) {
  const texts = useTexts()
  const found = useQuery(invitedQuery(serverId))
  const invitations = found.data?.data ?? []
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />
  if (invitations.length === 0) return null
  return (
    <section className="stack" aria-label={texts.members.open}>
      <h2>{texts.members.open}</h2>
      <ul className="cards">
        {invitations.map(invitation => (
          <InvitationCard key={invitation.id} serverId={serverId} invitation={invitation} />
        ))}
      </ul>
    </section>
  )
}

function InvitationCard(props: { serverId: string; invitation: OpenInvitation }) {
  const { serverId, invitation } = props
  const texts = useTexts()
  const { language } = useLanguage()
  const queries = useQueryClient()
  const withdraw = useMutation({
    mutationFn: () =>
      answerOf(
        api.DELETE('/api/v1/servers/{id}/invitations/{invitationId}', {
          params: { path: { id: serverId, invitationId: invitation.id } }
        })
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['invited', serverId] })
  })
  const until = new Date(invitation.expiresAt).toLocaleDateString(language, { dateStyle: 'long' })
  return (
    <li className="card stack">
      <div className="row">
        <div className="grow">
          <strong>{invitation.invitee}</strong>
          <p className="quiet">{texts.members.openUntil(until)}</p>
        </div>
        <SureButton
          label={texts.members.withdraw}
          name={texts.members.withdrawOf(invitation.invitee)}
          text={texts.members.withdrawText}
          isPending={withdraw.isPending}
          onSure={() => withdraw.mutate()}
        />
      </div>
      <Failure error={withdraw.error} />
      <RightsWords rights={invitation.permissions} />
    </li>
  )
}
