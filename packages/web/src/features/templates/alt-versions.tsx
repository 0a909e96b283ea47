import { useInfiniteQuery } from '@tanstack/react-query'
import { type Alt, answerOf, api } from '../../api/client.ts'
import { pagedQuery } from '../../api/paged-query.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { PagedList } from '../../ui/paged-list.tsx'

/** What became other, newest first, and how many servers are still on each. */
export function AltVersions({ alt }: { alt: Alt }) {
  const texts = useTexts()
  const { language } = useLanguage()
  const list = useInfiniteQuery(
    pagedQuery(['alt-versions', alt.id, alt.version], ({ signal, page }) =>
      answerOf(
        api.GET('/api/v1/alts/{id}/versions', {
          signal,
          params: { path: { id: alt.id }, query: page }
        })
      )
    )
  )
  return (
    <section className="card stack">
      <h2>{texts.templates.versions}</h2>
      <PagedList list={list} empty={null}>
        {versions => (
          <ol className="lines" aria-label={texts.templates.versions}>
            {versions.map(({ version, createdAt, madeBy, serversCount, changes }) => (
              <li key={version} className="line">
                <div className="grow">
                  <strong>{texts.templates.version(version)}</strong>
                  <p className="quiet">
                    {[new Date(createdAt).toLocaleString(language), madeBy]
                      .filter(Boolean)
                      .join(' · ')}
                  </p>
                  <p className="quiet">{changes.join(' · ')}</p>
                </div>
                <span className="badge">{texts.nodes.servers(serversCount)}</span>
              </li>
            ))}
          </ol>
        )}
      </PagedList>
    </section>
  )
}
