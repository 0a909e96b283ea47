import type { Node } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'

const tones: Record<Node['status'], 'good' | 'busy' | 'bad' | 'unknown'> = {
  PENDING: 'unknown',
  ONLINE: 'good',
  SUSPECT: 'busy',
  UNREACHABLE: 'bad',
  QUARANTINED: 'bad'
}

/** Whether the panel hears of a node: in a word, the colour only underlines it. */
export function NodeState({ status }: { status: Node['status'] }) {
  const texts = useTexts()
  return (
    <span className="state" data-tone={tones[status]}>
      <i aria-hidden="true" />
      {texts.nodes.status[status]}
    </span>
  )
}
