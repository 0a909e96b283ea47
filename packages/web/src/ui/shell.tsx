import { ActionIcon, Button, Popover } from '@mantine/core'
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { live, onLoginEnded, queries, useIsConnected } from '../api/context.ts'
import { mayEverywhere, peopleHome, useLogOut, useMe } from '../features/session/session.ts'
import { useTexts } from '../texts/language.tsx'
import { PersonIcon } from './icons.tsx'
import markUrl from './mark.svg'
import { Failure } from './parts.tsx'
import { Preferences } from './preferences.tsx'

export function Brand() {
  const texts = useTexts()
  return (
    <Link to="/" className="brand" aria-label={texts.product}>
      <img src={markUrl} alt="" />
      <span>{texts.product}</span>
    </Link>
  )
}

/** What surrounds every page behind the login. */
export function Shell() {
  const texts = useTexts()
  const main = useRef<HTMLElement>(null)
  const path = useRouterState({ select: state => state.location.pathname })
  const isFirst = useRef(true)
  useLiveWhileInside()
  useSettleWhatIsOwed()
  useReloadForOthers()

  // Who reads with a screen reader or by keyboard begins at the new page, not behind the old one's link.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the path's change that counts
  useEffect(() => {
    if (isFirst.current) isFirst.current = false
    else main.current?.focus({ preventScroll: true })
  }, [path.split('/').slice(0, 3).join('/')])

  return (
    <>
      <a className="skip" href="#content">
        {texts.skipToContent}
      </a>
      <header className="top">
        <div className="top-inner">
          <Brand />
          <Navigation />
          <AccountMenu />
        </div>
        <ConnectionNotice />
      </header>
      <main className="page" id="content" tabIndex={-1} ref={main}>
        <Outlet />
      </main>
    </>
  )
}

function Navigation() {
  const texts = useTexts()
  const me = useMe()
  const people = peopleHome(me)
  return (
    <nav aria-label={texts.nav.label}>
      <Link to="/" className="nav-link" activeOptions={{ exact: true }}>
        {texts.nav.servers}
      </Link>
      {mayEverywhere(me, 'admin-nodes') && (
        <Link to="/nodes" className="nav-link">
          {texts.nav.nodes}
        </Link>
      )}
      {people && (
        <Link to={people} className="nav-link">
          {texts.people.title}
        </Link>
      )}
      {mayEverywhere(me, 'admin-templates') && (
        <Link to="/templates" className="nav-link">
          {texts.templates.title}
        </Link>
      )}
    </nav>
  )
}

function AccountMenu() {
  const texts = useTexts()
  const me = useMe()
  const logOut = useLogOut()
  const [isOpen, setIsOpen] = useState(false)
  const close = () => setIsOpen(false)
  return (
    <Popover
      position="bottom-end"
      withArrow
      shadow="md"
      trapFocus
      opened={isOpen}
      onChange={setIsOpen}
    >
      <Popover.Target>
        <ActionIcon
          variant="default"
          size="lg"
          radius="xl"
          aria-label={texts.nav.account}
          onClick={() => setIsOpen(!isOpen)}
        >
          <PersonIcon />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={texts.nav.account}>
        <div className="stack">
          <div>
            <strong>{me?.user.username}</strong>
            <p className="quiet">{me?.user.email}</p>
          </div>
          <Preferences />
          <Button component={Link} to="/account" variant="default" onClick={close}>
            {texts.account.title}
          </Button>
          <Failure error={logOut.error} />
          <Button variant="default" loading={logOut.isPending} onClick={() => logOut.mutate()}>
            {texts.logOut}
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}

function ConnectionNotice() {
  const texts = useTexts()
  const isConnected = useIsConnected()
  return (
    <div role="status">
      {!isConnected && <div className="notice">{texts.connection.offline}</div>}
    </div>
  )
}

/** Somebody else has logged in in another tab: nothing of what the one before has read may stay. */
function useReloadForOthers(): void {
  const id = useMe()?.user.id
  const first = useRef(id)
  useEffect(() => {
    first.current ??= id
    if (id !== undefined && id !== first.current) location.reload()
  }, [id])
}

/** What an account owes may come to be while somebody is in: nothing else is answered then. */
function useSettleWhatIsOwed(): void {
  const navigate = useNavigate()
  const user = useMe()?.user
  const owed =
    (user?.mustChangePassword && '/new-password') || (user?.mustSetUpTotp && '/second-factor')
  useEffect(() => {
    if (owed) void navigate({ to: owed })
  }, [owed, navigate])
}

function useLiveWhileInside(): void {
  const navigate = useNavigate()
  useEffect(() => {
    live.start()
    const stop = onLoginEnded(() => {
      live.stop()
      queries.clear()
      const next = location.pathname
      void navigate({ to: '/login', search: next === '/' ? {} : { next } })
    })
    return () => {
      stop()
      live.stop()
    }
  }, [navigate])
}

/** An address that leads nowhere. */
export function Lost() {
  const texts = useTexts()
  return (
    <main className="door">
      <Brand />
      <div className="card door-card stack">
        <h1>{texts.notFound.title}</h1>
        <p className="quiet">{texts.notFound.text}</p>
        <Button component={Link} to="/">
          {texts.notFound.home}
        </Button>
      </div>
    </main>
  )
}

/** A page that could not be shown at all. */
export function Stumbled({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <main className="door">
      <div className="door-card">
        <Failure error={error} retry={reset} />
      </div>
    </main>
  )
}
