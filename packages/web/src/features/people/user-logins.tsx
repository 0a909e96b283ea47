import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { answerOf, api, type User } from '../../api/client.ts'
import { pagedQuery } from '../../api/paged-query.ts'
import { useTexts } from '../../texts/language.tsx'
import { PagedList } from '../../ui/paged-list.tsx'
import { Failure } from '../../ui/parts.tsx'
import { SureButton } from '../../ui/sure-button.tsx'
import { SessionList } from '../session/session-list.tsx'

export function UserLogins({ user, mayEnd }: { user: User; mayEnd: boolean }) {
  const texts = useTexts()
  const queries = useQueryClient()
  const queryKey = ['user-sessions', user.id]
  const path = { id: user.id }
  const list = useInfiniteQuery(
    pagedQuery(queryKey, ({ signal, page }) =>
      answerOf(api.GET('/api/v1/users/{id}/sessions', { signal, params: { path, query: page } }))
    )
  )
  const reread = () => queries.invalidateQueries({ queryKey })
  const end = useMutation({
    mutationFn: (sessionId: string) =>
      answerOf(
        api.DELETE('/api/v1/users/{id}/sessions/{sessionId}', {
          params: { path: { ...path, sessionId } }
        })
      ),
    onSettled: reread
  })
  const endAll = useMutation({
    mutationFn: () => answerOf(api.DELETE('/api/v1/users/{id}/sessions', { params: { path } })),
    onSettled: reread
  })
  return (
    <section className="card stack">
      <h2>{texts.people.logins}</h2>
      <PagedList list={list} empty={<p className="quiet">{texts.people.noLogins}</p>}>
        {sessions => (
          <>
            <SessionList
              sessions={sessions}
              label={texts.people.logins}
              onEnd={mayEnd ? end.mutate : undefined}
            />
            <Failure error={end.error ?? endAll.error} />
            {mayEnd && (
              <div>
                <SureButton
                  label={texts.people.endAll}
                  name={texts.people.endAll}
                  text={texts.people.endAllQuestion}
                  isPending={endAll.isPending}
                  onSure={endAll.mutate}
                />
              </div>
            )}
          </>
        )}
      </PagedList>
    </section>
  )
}
