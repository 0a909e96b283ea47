import { Link } from '@tanstack/react-router'
import type { EggResult } from '../../api/client.ts'
import { explain, Problem } from '../../api/problem.ts'
import { useTexts } from '../../texts/language.tsx'

export function ImportResults({ results }: { results: readonly EggResult[] }) {
  const texts = useTexts().importing
  const count = (outcome: EggResult['outcome']) =>
    results.filter(one => one.outcome === outcome).length
  return (
    <section className="card stack">
      <div>
        <h2>{texts.results}</h2>
        <p className="quiet">
          {texts.counts(count('created'), count('updated'), count('refused'))}
        </p>
      </div>
      <ul className="lines" aria-label={texts.results}>
        {results.map((result, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name, and none moves
          <ResultLine key={at} result={result} />
        ))}
      </ul>
    </section>
  )
}

function ResultLine({ result }: { result: EggResult }) {
  const all = useTexts()
  const texts = all.importing
  const { name, altId, warnings, error } = result
  return (
    <li className="line">
      <div className="grow">
        {altId ? (
          <Link className="line-name" to="/templates/$altId" params={{ altId }}>
            {name}
          </Link>
        ) : (
          <strong>{name}</strong>
        )}
        {error && <p className="quiet">{explain(new Problem(422, error), all)}</p>}
        {warnings.length > 0 && (
          <details>
            <summary className="quiet">{texts.warnings(warnings.length)}</summary>
            <ul className="quiet">
              {warnings.map(({ kind, place, message }) => (
                <li key={`${kind} ${place} ${message}`}>
                  <code>{place}</code> {message}
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
      <span className="badge" data-tone={result.outcome === 'refused' ? 'bad' : 'good'}>
        {texts.outcomes[result.outcome]}
      </span>
    </li>
  )
}
