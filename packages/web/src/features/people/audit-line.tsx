import { UnstyledButton } from '@mantine/core'
import type { AuditRow } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import type { Named } from './pick.tsx'

/** What was done, by whom, to what; what it changed is there for who wants to see it. */
export function AuditLine({ row, onActor }: { row: AuditRow; onActor: (actor: Named) => void }) {
  const texts = useTexts().audit
  const { language } = useLanguage()
  const { actor } = row
  const who = actor.username ?? actor.name ?? texts.actors[row.actorType]
  const id = actor.userId ?? actor.id
  const types: Partial<Record<string, string>> = texts.targets
  const target = row.targetType && (types[row.targetType] ?? row.targetType)
  const key = row.actorType === 'API_KEY' && actor.name
  return (
    <li className="line">
      <div className="grow">
        <div className="row">
          <code>{row.action}</code>
          <span>
            {target} <strong>{nameOf(row)}</strong>
          </span>
        </div>
        <p className="quiet">
          <time dateTime={row.at}>{new Date(row.at).toLocaleString(language)}</time>
          {' · '}
          {id ? (
            <UnstyledButton className="line-actor" onClick={() => onActor({ id, name: who })}>
              {who}
            </UnstyledButton>
          ) : (
            who
          )}
          {key && ` (${texts.byKey(key)})`}
          {row.ip && ` · ${row.ip}`}
        </p>
        <Change row={row} />
      </div>
    </li>
  )
}

function Change({ row }: { row: AuditRow }) {
  const texts = useTexts().audit
  const parts = [
    [texts.before, row.before],
    [texts.after, row.after],
    [texts.target, row.targetId],
    [texts.request, row.requestId]
  ] as const
  return (
    <details>
      <summary className="quiet">{texts.details}</summary>
      <dl className="stack">
        {parts.map(
          ([label, value]) =>
            value !== null && (
              <div key={label}>
                <dt className="quiet">{label}</dt>
                <dd className="plain">
                  <code className="audit-value">
                    {typeof value === 'string' ? value : JSON.stringify(value, null, 2)}
                  </code>
                </dd>
              </div>
            )
        )}
      </dl>
    </details>
  )
}

/** As it is told in what was changed: it may be gone by now. */
function nameOf({ before, after, targetId }: AuditRow): string | null {
  for (const said of [after, before]) {
    if (typeof said !== 'object' || said === null) continue
    const { name, username } = said as Record<string, unknown>
    if (typeof name === 'string') return name
    if (typeof username === 'string') return username
  }
  return targetId
}
