import { Link, Outlet } from '@tanstack/react-router'
import { useTexts } from '../../texts/language.tsx'
import { PageHead } from '../../ui/parts.tsx'

/** One's own account: what every person has, whatever they may do besides. */
export function AccountPage() {
  const texts = useTexts().account
  return (
    <>
      <PageHead title={texts.title} />
      <nav className="tabs" aria-label={texts.tabs}>
        <Link className="tab" to="/account" activeOptions={{ exact: true }}>
          {texts.profile}
        </Link>
        <Link className="tab" to="/account/security">
          {texts.security}
        </Link>
        <Link className="tab" to="/account/keys">
          {texts.keys}
        </Link>
      </nav>
      <Outlet />
    </>
  )
}
