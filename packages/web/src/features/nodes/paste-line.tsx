import { Alert, Button, Loader } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { CopyButton } from '../../ui/parts.tsx'
import { nodeQuery } from './node-query.ts'

interface PasteLineProps {
  nodeId: string
  enrollment: { command: string; expiresAt: string; warning?: string }
  onDone: () => void
}

/** What a machine is told once, with its end; it turns green by what the panel pushes. */
export function PasteLine({ nodeId, enrollment, onDone }: PasteLineProps) {
  const texts = useTexts()
  const { language } = useLanguage()
  const isThere = useQuery(nodeQuery(nodeId)).data?.status === 'ONLINE'
  const until = new Date(enrollment.expiresAt).toLocaleTimeString(language, { timeStyle: 'short' })
  return (
    <section className="card stack">
      <div className="row">
        <div className="grow">
          <h2>{texts.nodes.paste}</h2>
          <p className="quiet">{texts.nodes.pasteText(until)}</p>
        </div>
        <CopyButton text={enrollment.command} label={texts.copy} />
      </div>
      <pre className="paste">{enrollment.command}</pre>
      {enrollment.warning && <Alert color="yellow">{enrollment.warning}</Alert>}
      <div role="status">
        {isThere ? (
          <Alert color="green">{texts.nodes.arrived}</Alert>
        ) : (
          <div className="row">
            <Loader size="xs" aria-hidden="true" />
            <span>{texts.nodes.waiting}</span>
          </div>
        )}
      </div>
      <div>
        <Button variant="default" onClick={onDone}>
          {texts.nodes.done}
        </Button>
      </div>
    </section>
  )
}
