import { Link, Outlet } from '@tanstack/react-router'
import { useTexts } from '../../texts/language.tsx'
import { PageHead } from '../../ui/parts.tsx'
import { mayEverywhere, useMe } from '../session/session.ts'

/** Who is here, what they may do, and what they did: each part for who may see it. */
export function PeoplePage() {
  const texts = useTexts().people
  const me = useMe()
  return (
    <>
      <PageHead title={texts.title} />
      <nav className="tabs" aria-label={texts.tabs}>
        {mayEverywhere(me, 'user-view') && (
          <Link className="tab" to="/people" activeOptions={{ exact: true }}>
            {texts.users}
          </Link>
        )}
        {mayEverywhere(me, 'admin-roles') && (
          <Link className="tab" to="/people/roles">
            {texts.roles}
          </Link>
        )}
        {mayEverywhere(me, 'admin-audit') && (
          <Link className="tab" to="/people/audit">
            {texts.audit}
          </Link>
        )}
      </nav>
      <Outlet />
    </>
  )
}
