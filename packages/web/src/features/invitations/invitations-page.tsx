import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { answerOf, api, type Invitation } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { Empty, Failure, PageHead, Waiting } from '../../ui/parts.tsx'

/** Where an invitation's mail leads. */
export function InvitationsPage() {
  const texts = useTexts()
  const found = useQuery({
    queryKey: ['invitations'],
    queryFn: ({ signal }) => answerOf(api.GET('/api/v1/invitations', { signal }))
  })
  if (found.isPending) return <Waiting />
  if (!found.data) return <Failure error={found.error} retry={() => void found.refetch()} />
  if (found.data.data.length === 0) {
    return <Empty isAll title={texts.invitations.none} text={texts.invitations.noneText} />
  }
  return (
    <>
      <PageHead title={texts.invitations.title} />
      <div className="stack">
        {found.data.data.map(invitation => (
          <InvitationCard key={invitation.id} invitation={invitation} />
        ))}
      </div>
    </>
  )
}

function InvitationCard({ invitation }: { invitation: Invitation }) {
  const texts = useTexts()
  const { language } = useLanguage()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const params = { path: { id: invitation.id } }
  const reread = () =>
    Promise.all(
      ['invitations', 'me', 'servers'].map(key => queries.invalidateQueries({ queryKey: [key] }))
    )
  const accept = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/invitations/{id}/accept', { params })),
    async onSuccess({ server }) {
      await reread()
      return navigate({ to: '/servers/$serverId', params: { serverId: server.id } })
    }
  })
  const decline = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/invitations/{id}/decline', { params })),
    onSuccess: reread
  })
  const until = new Date(invitation.expiresAt).toLocaleDateString(language, { dateStyle: 'long' })
  return (
    <section className="card stack">
      <div>
        <h2>{invitation.server.name}</h2>
        <p className="quiet">{texts.invitations.from(invitation.invitedBy, until)}</p>
      </div>
      <Failure error={accept.error ?? decline.error} />
      <div className="row">
        <Button loading={accept.isPending} onClick={() => accept.mutate()}>
          {texts.invitations.accept}
        </Button>
        <Button variant="default" loading={decline.isPending} onClick={() => decline.mutate()}>
          {texts.invitations.decline}
        </Button>
      </div>
    </section>
  )
}
