import type { NodeDetail } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'

/** Containers that nobody wants: they are shown and left alone. */
export function Orphans({ orphans }: Pick<NodeDetail, 'orphans'>) {
  const texts = useTexts()
  if (orphans.length === 0) return null
  return (
    <section className="card stack">
      <div>
        <h2>{texts.node.orphans}</h2>
        <p className="quiet">{texts.node.orphansText}</p>
      </div>
      <ul className="plain-list">
        {orphans.map(orphan => (
          <li key={orphan.containerId}>
            <strong>{orphan.name}</strong>{' '}
            <span className="quiet">
              {orphan.image} · {orphan.running ? texts.node.runs : texts.node.rests}
            </span>
            <p className="quiet">{orphan.reason}</p>
          </li>
        ))}
      </ul>
    </section>
  )
}
