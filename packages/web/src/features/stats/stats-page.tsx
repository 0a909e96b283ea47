import { answerOf, api } from '../../api/client.ts'
import { useFigures } from '../../api/figures.ts'
import { useTexts } from '../../texts/language.tsx'
import { Empty } from '../../ui/parts.tsx'
import { History } from '../charts/history.tsx'
import { useServer } from '../servers/server-query.ts'

export function StatsPage() {
  const texts = useTexts()
  const { id, permissions } = useServer()
  const maySee = permissions.includes('monitoring-view')
  const samples = useFigures(id, maySee)
  if (!maySee) return <Empty title={texts.stats.title} text={texts.stats.hidden} />
  return (
    <History
      key={id}
      of={['server', id]}
      samples={samples}
      read={(range, signal) =>
        answerOf(
          api.GET('/api/v1/servers/{id}/stats/history', {
            signal,
            params: { path: { id }, query: { range } }
          })
        )
      }
    />
  )
}
