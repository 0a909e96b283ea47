import { useInfiniteQuery } from '@tanstack/react-query'
import { answerOf, api } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { MoreButton } from '../../ui/more-button.tsx'
import { Empty, Failure, Waiting } from '../../ui/parts.tsx'
import { useServer } from './server-query.ts'

/** For programs. */
const code = /^[A-Z_]+: /

/** What happened to a server, newest first. It is read again with each act and each change of state. */
export function ActivityPage() {
  const texts = useTexts()
  const { language } = useLanguage()
  const { id, status, updatedAt } = useServer()
  const found = useInfiniteQuery({
    queryKey: ['activity', id, status, updatedAt],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) =>
      answerOf(
        api.GET('/api/v1/servers/{id}/events', {
          signal,
          params: {
            path: { id },
            query: { limit: 50, ...(pageParam && { cursor: pageParam }) }
          }
        })
      ),
    getNextPageParam: page => page.nextCursor ?? undefined,
    placeholderData: last => last
  })
  const events = found.data?.pages.flatMap(page => page.data) ?? []
  if (found.isPending) return <Waiting />
  if (found.isError && events.length === 0) {
    return <Failure error={found.error} retry={() => void found.refetch()} />
  }
  if (events.length === 0) {
    return <Empty title={texts.activity.none} text={texts.activity.noneText} />
  }
  return (
    <div className="stack">
      <ol className="card events" aria-label={texts.server.activity}>
        {events.map(event => (
          <li key={event.id}>
            <time className="quiet" dateTime={event.at}>
              {new Date(event.at).toLocaleString(language)}
            </time>
            <span>{event.text.replace(code, '')}</span>
          </li>
        ))}
      </ol>
      <MoreButton found={found} />
    </div>
  )
}
