import '../../ui/lists.css'
import type { Session } from '../../api/client.ts'
import { useLanguage, useTexts } from '../../texts/language.tsx'
import { SureButton } from '../../ui/sure-button.tsx'
import { deviceOf } from './device.ts'

/** Where somebody is logged in; `onEnd` is left out for who may only look. */
export function SessionList(props: {
  sessions: readonly Session[]
  label: string
  onEnd?: ((id: string) => void) | undefined
}) {
  const { onEnd } = props
  return (
    <ul className="lines" aria-label={props.label}>
      {props.sessions.map(session => (
        <li key={session.id} className="line">
          <SessionWords session={session} />
          {onEnd && !session.isCurrent && (
            <EndButton session={session} onEnd={() => onEnd(session.id)} />
          )}
        </li>
      ))}
    </ul>
  )
}

function SessionWords({ session }: { session: Session }) {
  const texts = useTexts().account
  const { language } = useLanguage()
  const when = new Date(session.lastUsedAt).toLocaleString(language)
  return (
    <div className="grow">
      <div className="row">
        <strong>{useDeviceWords(session)}</strong>
        {session.isCurrent && <span className="badge">{texts.thisOne}</span>}
      </div>
      <p className="quiet">
        {session.ip} · {texts.lastUsed(when)}
      </p>
    </div>
  )
}

function EndButton({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const texts = useTexts().account
  const device = useDeviceWords(session)
  return (
    <SureButton
      label={texts.endLogin}
      name={texts.endLoginOf(device)}
      text={texts.endLoginQuestion}
      onSure={onEnd}
    />
  )
}

function useDeviceWords({ userAgent }: Session): string {
  const texts = useTexts().account
  const { browser = texts.unknownBrowser, system } = deviceOf(userAgent)
  return system ? texts.device(browser, system) : browser
}
