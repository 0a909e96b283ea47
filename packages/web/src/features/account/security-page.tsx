import { useTexts } from '../../texts/language.tsx'
import { useMe } from '../session/session.ts'
import { OwnSessions } from './own-sessions.tsx'
import { PasswordForm } from './password-form.tsx'
import { SecondFactorCard } from './second-factor-card.tsx'

export function SecurityPage() {
  const user = useMe()?.user
  const texts = useTexts().account
  if (!user) return null
  return (
    <div className="stack narrow">
      <PasswordForm hasTotp={user.hasTotp} />
      <SecondFactorCard hasTotp={user.hasTotp} />
      <section className="card stack">
        <h2>{texts.logins}</h2>
        <OwnSessions />
      </section>
    </div>
  )
}
