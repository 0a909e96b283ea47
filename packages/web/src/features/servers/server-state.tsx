import type { ServerStatus } from '../../api/client.ts'
import { useTexts } from '../../texts/language.tsx'

const tones: Record<ServerStatus, 'good' | 'busy' | 'bad' | 'off' | 'unknown'> = {
  INSTALLING: 'busy',
  INSTALL_FAILED: 'bad',
  STOPPED: 'off',
  STARTING: 'busy',
  RUNNING: 'good',
  STOPPING: 'busy',
  CRASHED: 'bad',
  UNKNOWN: 'unknown'
}

/** What a server is doing, as far as anybody knows: in a word, the colour only underlines it. */
export function ServerState({ status }: { status: ServerStatus }) {
  const texts = useTexts()
  return (
    <span className="state" data-tone={tones[status]}>
      <i aria-hidden="true" />
      {texts.status[status]}
    </span>
  )
}
