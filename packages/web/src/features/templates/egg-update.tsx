import { Alert, Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type Alt, answerOf, api } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'
import { Failure } from '../../ui/parts.tsx'
import { altQuery } from './templates-queries.ts'

/** Looks where the egg came from only when somebody asks. */
export function EggUpdate({ alt }: { alt: Alt }) {
  const texts = useTexts().templates
  const queries = useQueryClient()
  const params = { path: { id: alt.id } }
  const look = useMutation({
    mutationFn: () => answerOf(api.GET('/api/v1/alts/{id}/update', { params }))
  })
  const take = useMutation({
    mutationFn: () => answerOf(api.POST('/api/v1/alts/{id}/update', { params })),
    onSuccess(taken) {
      look.reset()
      queries.setQueryData(altQuery(alt.id).queryKey, taken.alt)
      return queries.invalidateQueries({ queryKey: ['alts'] })
    }
  })
  const found = look.data
  return (
    <section className="card stack">
      <div>
        <h2>{texts.update}</h2>
        <p className="quiet">{found?.url ?? texts.updateText}</p>
      </div>
      <Failure error={look.error ?? take.error} />
      {take.isSuccess && !found && (
        <Alert color="green" role="status">
          {texts.updated}
        </Alert>
      )}
      {found && (
        <div role="status">
          <p>{found.isNewer ? texts.isNewer : texts.isNewest}</p>
          <ul className="quiet">
            {found.changes.map(change => (
              <li key={change}>{change}</li>
            ))}
            {found.warnings.map(({ kind, place, message }) => (
              <li key={`${kind} ${place} ${message}`}>
                <code>{place}</code> {message}
              </li>
            ))}
          </ul>
        </div>
      )}
      <div>
        {found?.isNewer ? (
          <Button loading={take.isPending} onClick={() => take.mutate()}>
            {texts.takeUpdate}
          </Button>
        ) : (
          <Button variant="default" loading={look.isPending} onClick={() => look.mutate()}>
            {texts.lookUpdate}
          </Button>
        )}
      </div>
    </section>
  )
}
