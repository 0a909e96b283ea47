import { useTexts } from '../../texts/language.tsx'
import { inOrder } from './rights.ts'

/** What somebody may do, as a list of sentences. */
export function RightsWords({ rights }: { rights: readonly string[] }) {
  const texts = useTexts()
  const words: Partial<Record<string, string>> = texts.rights
  return (
    <ul className="words">
      {inOrder(rights).map(right => (
        <li key={right}>{words[right] ?? right}</li>
      ))}
    </ul>
  )
}
