import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect
} from '@tanstack/react-router'
import { queries } from './api/context.ts'
import { Problem } from './api/problem.ts'
import { ServersPage } from './features/servers/servers-page.tsx'
import { serversQuery, unfiltered } from './features/servers/servers-query.ts'
import { LoginPage } from './features/session/login-page.tsx'
import { meQuery } from './features/session/session.ts'
import { Lost, Shell, Stumbled } from './ui/shell.tsx'

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: Lost,
  errorComponent: Stumbled
})

interface LoginSearch {
  next?: string
}

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: ({ next }: Record<string, unknown>): LoginSearch =>
    // Only places of our own: //host and /\host are not, nor is what a browser makes that of.
    typeof next === 'string' && /^\/(?![/\\])\S*$/.test(next) ? { next } : {},
  component: LoginPage
})

const newPassword = createRoute({
  getParentRoute: () => root,
  path: '/new-password',
  component: lazyRouteComponent(
    () => import('./features/session/new-password-page.tsx'),
    'NewPasswordPage'
  )
})

const resetPassword = createRoute({
  getParentRoute: () => root,
  path: '/reset-password',
  component: lazyRouteComponent(() => import('./features/session/reset-page.tsx'), 'ResetPage')
})

const secondFactor = createRoute({
  getParentRoute: () => root,
  path: '/second-factor',
  component: lazyRouteComponent(
    () => import('./features/session/second-factor-page.tsx'),
    'SecondFactorPage'
  )
})

/** Everything for which somebody must be logged in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Shell,
  async beforeLoad({ location }) {
    // On a slow line one after the other takes twice as long.
    if (location.pathname === '/') void queries.prefetchInfiniteQuery(serversQuery(unfiltered))
    const { user } = await queries.ensureQueryData(meQuery).catch((error: unknown) => {
      if (!(error instanceof Problem) || error.status !== 401) throw error
      // What is behind the # may be a secret: it stays there, where no server sees it.
      const { pathname, hash } = location
      throw redirect({ to: '/login', search: pathname === '/' ? {} : { next: pathname }, hash })
    })
    if (user.mustChangePassword) throw redirect({ to: '/new-password' })
    if (user.mustSetUpTotp) throw redirect({ to: '/second-factor' })
  }
})

const servers = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: ServersPage
})

const newServer = createRoute({
  getParentRoute: () => inside,
  path: '/servers/new',
  component: lazyRouteComponent(
    () => import('./features/new-server/new-server-page.tsx'),
    'NewServerPage'
  )
})

const serverRoute = createRoute({
  getParentRoute: () => inside,
  path: '/servers/$serverId',
  component: lazyRouteComponent(() => import('./features/servers/server-page.tsx'), 'ServerPage')
})

const consoleRoute = createRoute({
  getParentRoute: () => serverRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./features/console/console-page.tsx'), 'ConsolePage')
})

const startup = createRoute({
  getParentRoute: () => serverRoute,
  path: '/startup',
  component: lazyRouteComponent(() => import('./features/servers/startup-page.tsx'), 'StartupPage')
})

const activity = createRoute({
  getParentRoute: () => serverRoute,
  path: '/activity',
  component: lazyRouteComponent(
    () => import('./features/servers/activity-page.tsx'),
    'ActivityPage'
  )
})

const members = createRoute({
  getParentRoute: () => serverRoute,
  path: '/members',
  component: lazyRouteComponent(() => import('./features/members/members-page.tsx'), 'MembersPage')
})

const ports = createRoute({
  getParentRoute: () => serverRoute,
  path: '/ports',
  component: lazyRouteComponent(() => import('./features/ports/ports-page.tsx'), 'PortsPage')
})

const stats = createRoute({
  getParentRoute: () => serverRoute,
  path: '/stats',
  component: lazyRouteComponent(() => import('./features/stats/stats-page.tsx'), 'StatsPage')
})

const settings = createRoute({
  getParentRoute: () => serverRoute,
  path: '/settings',
  component: lazyRouteComponent(
    () => import('./features/servers/settings-page.tsx'),
    'SettingsPage'
  )
})

const nodes = createRoute({
  getParentRoute: () => inside,
  path: '/nodes',
  component: lazyRouteComponent(() => import('./features/nodes/nodes-page.tsx'), 'NodesPage')
})

const node = createRoute({
  getParentRoute: () => inside,
  path: '/nodes/$nodeId',
  component: lazyRouteComponent(() => import('./features/nodes/node-page.tsx'), 'NodePage')
})

const invitations = createRoute({
  getParentRoute: () => inside,
  path: '/invitations',
  component: lazyRouteComponent(
    () => import('./features/invitations/invitations-page.tsx'),
    'InvitationsPage'
  )
})

const confirmEmail = createRoute({
  getParentRoute: () => inside,
  path: '/confirm-email',
  component: lazyRouteComponent(
    () => import('./features/session/confirm-email-page.tsx'),
    'ConfirmEmailPage'
  )
})

const account = createRoute({
  getParentRoute: () => inside,
  path: '/account',
  component: lazyRouteComponent(() => import('./features/account/account-page.tsx'), 'AccountPage')
})

const profile = createRoute({
  getParentRoute: () => account,
  path: '/',
  component: lazyRouteComponent(() => import('./features/account/profile-page.tsx'), 'ProfilePage')
})

const security = createRoute({
  getParentRoute: () => account,
  path: '/security',
  component: lazyRouteComponent(
    () => import('./features/account/security-page.tsx'),
    'SecurityPage'
  )
})

const keys = createRoute({
  getParentRoute: () => account,
  path: '/keys',
  component: lazyRouteComponent(() => import('./features/account/keys-page.tsx'), 'KeysPage')
})

const people = createRoute({
  getParentRoute: () => inside,
  path: '/people',
  component: lazyRouteComponent(() => import('./features/people/people-page.tsx'), 'PeoplePage')
})

const users = createRoute({
  getParentRoute: () => people,
  path: '/',
  component: lazyRouteComponent(() => import('./features/people/users-page.tsx'), 'UsersPage')
})

const userRoute = createRoute({
  getParentRoute: () => people,
  path: '/users/$userId',
  component: lazyRouteComponent(() => import('./features/people/user-page.tsx'), 'UserPage')
})

const roles = createRoute({
  getParentRoute: () => people,
  path: '/roles',
  component: lazyRouteComponent(() => import('./features/people/roles-page.tsx'), 'RolesPage')
})

const roleRoute = createRoute({
  getParentRoute: () => people,
  path: '/roles/$roleId',
  component: lazyRouteComponent(() => import('./features/people/role-page.tsx'), 'RolePage')
})

const newRole = createRoute({
  getParentRoute: () => people,
  path: '/roles/new',
  component: lazyRouteComponent(() => import('./features/people/role-page.tsx'), 'NewRolePage')
})

const audit = createRoute({
  getParentRoute: () => people,
  path: '/audit',
  component: lazyRouteComponent(() => import('./features/people/audit-page.tsx'), 'AuditPage')
})

const templates = createRoute({
  getParentRoute: () => inside,
  path: '/templates',
  component: lazyRouteComponent(
    () => import('./features/templates/templates-page.tsx'),
    'TemplatesPage'
  )
})

const importEggs = createRoute({
  getParentRoute: () => inside,
  path: '/templates/import',
  component: lazyRouteComponent(() => import('./features/templates/import-page.tsx'), 'ImportPage')
})

const altRoute = createRoute({
  getParentRoute: () => inside,
  path: '/templates/$altId',
  component: lazyRouteComponent(() => import('./features/templates/alt-page.tsx'), 'AltPage')
})

const newAlt = createRoute({
  getParentRoute: () => inside,
  path: '/templates/new',
  component: lazyRouteComponent(() => import('./features/templates/new-alt-page.tsx'), 'NewAltPage')
})

export const router = createRouter({
  routeTree: root.addChildren([
    login,
    newPassword,
    resetPassword,
    secondFactor,
    inside.addChildren([
      servers,
      newServer,
      serverRoute.addChildren([consoleRoute, startup, ports, stats, members, activity, settings]),
      nodes,
      node,
      invitations,
      confirmEmail,
      account.addChildren([profile, security, keys]),
      people.addChildren([users, userRoute, roles, roleRoute, newRole, audit]),
      templates,
      importEggs,
      newAlt,
      altRoute
    ])
  ]),
  defaultPreload: 'intent',
  scrollRestoration: false
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
