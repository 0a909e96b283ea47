import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client.ts'
import { pagedQuery } from '../../api/paged-query.ts'
import { useTexts } from '../../texts/language.tsx'
import { PagedList } from '../../ui/paged-list.tsx'
import { Failure } from '../../ui/parts.tsx'
import { SureButton } from '../../ui/sure-button.tsx'
import { SessionList } from '../session/session-list.tsx'

const sessionsQuery = pagedQuery(['sessions'], ({ signal, page }) =>
  answerOf(api.GET('/api/v1/auth/sessions', { signal, params: { query: page } }))
)

export function OwnSessions() {
  const texts = useTexts().account
  const queries = useQueryClient()
  const list = useInfiniteQuery(sessionsQuery)
  const reread = () => queries.invalidateQueries({ queryKey: ['sessions'] })
  const end = useMutation({
    mutationFn: (id: string) =>
      answerOf(api.DELETE('/api/v1/auth/sessions/{id}', { params: { path: { id } } })),
    onSettled: reread
  })
  const endOthers = useMutation({
    mutationFn: () => answerOf(api.DELETE('/api/v1/auth/sessions')),
    onSettled: reread
  })
  return (
    <PagedList list={list} empty={null}>
      {sessions => (
        <>
          <SessionList sessions={sessions} label={texts.logins} onEnd={end.mutate} />
          <Failure error={end.error ?? endOthers.error} />
          {sessions.length > 1 && (
            <div>
              <SureButton
                label={texts.endOthers}
                name={texts.endOthers}
                text={texts.endOthersQuestion}
                isPending={endOthers.isPending}
                onSure={endOthers.mutate}
              />
            </div>
          )}
        </>
      )}
    </PagedList>
  )
}
