import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { answerOf, api, type Server } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Failure } from '../../ui/parts.tsx'
import { SureButton } from '../../ui/sure-button.tsx'

export function LeaveForm({ server, userId }: { server: Server; userId: string }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const leave = useMutation({
    mutationFn: () =>
      answerOf(
        api.DELETE('/api/v1/servers/{id}/members/{userId}', {
          params: { path: { id: server.id, userId } }
        })
      ),
    async onSuccess() {
      queries.removeQueries({ queryKey: ['servers'] })
      await navigate({ to: '/' })
    }
  })
  return (
    <section className="card stack danger">
      <div>
        <h2>{texts.members.leaveTitle}</h2>
        <p className="quiet">{texts.members.leaveText}</p>
      </div>
      <Failure error={leave.error} />
      <div>
        <SureButton
          label={texts.members.leave}
          name={texts.members.leave}
          text={texts.members.leaveText}
          isPending={leave.isPending}
          onSure={() => leave.mutate()}
        />
      </div>
    </section>
  )
}
