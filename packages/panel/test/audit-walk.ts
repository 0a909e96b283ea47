import { createKeyPair } from '@ctrl-alt-play/protocol'
import type { Test } from 'tap'
import { codeAt, forgetSteps, setUpTotp, stepNow } from './access-world.ts'
import { addGameNode, enrolmentOf } from './game-agent.ts'
import {
  addUser,
  buildPanel,
  type Json,
  login,
  type Person,
  stranger,
  type TestPanel
} from './helper.ts'
import { startHttps } from './https-server.ts'
import { type MailServer, startMailServer } from './mail-server.ts'
import { testAdmin } from './test-database.ts'

/** One act through a route that changes something, and what the audit log is to say of it. */
export interface AuditedAct {
  action: string
  /** Its type. */
  target: string
  told: 'neither' | 'before' | 'after' | 'both'
  /** What it needs to be there. */
  prepare?(): Promise<unknown>
  act(): ReturnType<Person['request']>
  /** Takes what the next acts need from the answer. */
  learn?(body: Json): unknown
  /** The name in the row: the administrator's unless told. */
  actor?: string | null | RegExp
  actorType?: string
  /** It answers before it is done. */
  inBackground?: true
  /** It is done also when the log cannot be written: its row waits. */
  isNoted?: true
}

/** What must never stand in the audit log. */
const passwords = {
  chosen: 'the first password that Ann chose',
  reset: 'the second password that Ann chose',
  given: 'what Carl was given for a password',
  variable: 'what-a-variable-was-given',
  standard: 'what-a-variable-has-by-itself',
  script: 'echo what-an-install-script-knows'
}

/** Each brings up to date what the one before has made. */
function eggOf(description: string, updateUrl: string): string {
  return JSON.stringify({
    ...{
      meta: { version: 'PLCN_v1', update_url: updateUrl },
      uuid: '5b0c1d52-8f0e-4c7a-9d7b-2f6f4f1d8a11'
    },
    ...{ name: 'Egg', description, startup: './game' },
    docker_images: { Debian: 'registry.example/game:1' },
    scripts: { installation: { script: passwords.script, container: 'registry.example/x:1' } },
    variables: [{ name: 'Secret', env_variable: 'SECRET', default_value: passwords.standard }]
  })
}

export async function auditWalk(t: Test) {
  const routes: string[] = []
  const mail = await startMailServer(t)
  const web = await startHttps(t, (_, answer) => answer.end(eggOf('third', '')))
  const panel = await buildPanel(t, {
    publicNet: web.net,
    env: { ...mail.env, RATE_LIMIT_PER_MINUTE: '0' },
    onRoute({ method, url }) {
      const methods = [method].flat().filter(one => !['GET', 'HEAD', 'OPTIONS'].includes(one))
      for (const one of methods) routes.push(`${one} ${url.replace(/\/$/, '')}`)
    }
  })
  const secrets = new Set([...Object.values(passwords), testAdmin.password])
  const keep = (...more: (string | undefined)[]) => {
    for (const secret of more) if (secret) secrets.add(secret)
  }
  const acts = await allActs({ panel, mail, keep, updateUrl: web.url('/egg') })
  return { panel, routes, acts, secrets }
}

interface Walk {
  panel: TestPanel
  mail: MailServer
  /** Where there is an egg. */
  updateUrl: string
  keep(...secrets: (string | undefined)[]): void
}

async function allActs({
  panel,
  mail,
  keep,
  updateUrl
}: Walk): Promise<Record<string, AuditedAct>> {
  const { prisma } = panel.db
  const admin = await login(panel)
  const nobody = stranger(panel.url)
  const alpha = await addGameNode(panel, admin, 'alpha')
  // Its machine never comes.
  const beta = (await admin.request('POST', '/api/v1/nodes', { name: 'beta' })).body
  keep(beta.enrollment.token)
  const [ann, bob] = [
    await addUser(panel, { username: 'ann' }),
    await addUser(panel, { username: 'bob' })
  ]
  const annsMail = 'ann@example.invalid'
  const now = { ann: await login(panel, 'ann'), bob: await login(panel, 'bob') }
  const ids: Record<string, string> = {}
  const bearer = { password: testAdmin.password, totp: '', token: '', enrolment: '' }
  const keys = createKeyPair()
  const wait = { prefer: 'wait=20' }
  const api = (path: string) => `/api/v1${path}`
  const byAdmin = (method: string, path: string, body?: object) =>
    admin.request(method, api(path), body, wait)
  const code = async () => {
    await forgetSteps(panel)
    return codeAt(bearer.totp, stepNow())
  }
  const logIn = async (username: 'ann' | 'bob') => {
    now[username] = await login(panel, username, bearer.password)
    keep(now[username].cookie.split('=')[1])
  }
  const sessionOf = async (person: Person) =>
    (await person.request('GET', api('/auth/sessions'))).body.data.find(
      (row: Json) => row.isCurrent
    ).id
  const mailed = async (address: string, act: () => Promise<unknown>) => {
    const before = mail.mails.filter(({ to }) => to === address).length
    await act()
    bearer.token = (await mail.to(address, before + 1)).at(-1)?.token ?? ''
    keep(bearer.token)
  }
  const invited = async (permissions: string[] = []) => {
    const body = { invite: 'bob', permissions }
    ids.invitation = (await byAdmin('POST', `/servers/${ids.server}/members`, body)).body.id
  }
  const limits = { memoryMiB: 256, cpuPercent: 50, diskMiB: 512 }
  const server = { name: 'World', nodeId: alpha.nodeId, ...limits }
  const put = (name: string) => (body: Json) => {
    ids[name] = body.id
  }

  return {
    // ---- what is made first
    'POST /api/v1/roles': {
      ...{ action: 'role.created', target: 'role', told: 'after' },
      act: () => byAdmin('POST', '/roles', { name: 'Support', permissions: {} }),
      learn: put('role')
    },
    'PATCH /api/v1/roles/:id': {
      ...{ action: 'role.updated', target: 'role', told: 'both' },
      act: () => byAdmin('PATCH', `/roles/${ids.role}`, { description: 'Helps.' })
    },
    'POST /api/v1/users': {
      ...{ action: 'user.created', target: 'user', told: 'after' },
      act: () => {
        const body = { username: 'carl', email: 'carl@example.invalid', role: 'Support' }
        return byAdmin('POST', '/users', { ...body, password: passwords.given })
      },
      learn: ({ user }) => put('carl')(user)
    },
    'PATCH /api/v1/users/:id': {
      ...{ action: 'user.updated', target: 'user', told: 'both' },
      act: () => byAdmin('PATCH', `/users/${ids.carl}`, { username: 'karl' })
    },
    'POST /api/v1/nodes': {
      ...{ action: 'node.created', target: 'node', told: 'after' },
      act: () => byAdmin('POST', '/nodes', { name: 'gamma' }),
      learn({ node, enrollment }) {
        put('node')(node)
        keep(enrollment.token)
      }
    },
    'PATCH /api/v1/nodes/:id': {
      ...{ action: 'node.updated', target: 'node', told: 'both' },
      act: () => byAdmin('PATCH', `/nodes/${ids.node}`, { name: 'delta' })
    },
    'POST /api/v1/nodes/:id/allocations': {
      ...{ action: 'node.allocations.created', target: 'node', told: 'after' },
      act: () =>
        byAdmin('POST', `/nodes/${ids.node}/allocations`, { ip: '0.0.0.0', ports: '27015' }),
      learn: ({ data }) => put('allocation')(data[0])
    },
    'DELETE /api/v1/nodes/:id/allocations/:allocationId': {
      ...{ action: 'node.allocation.deleted', target: 'node', told: 'before' },
      act: () => byAdmin('DELETE', `/nodes/${ids.node}/allocations/${ids.allocation}`)
    },
    'POST /api/v1/nodes/:id/enrollment-tokens': {
      ...{ action: 'node.enrollment-token.created', target: 'node', told: 'after' },
      act: () => byAdmin('POST', `/nodes/${ids.node}/enrollment-tokens`),
      learn({ enrollment }) {
        bearer.enrolment = enrollment.token
        keep(enrollment.token)
      }
    },
    'POST /agent/v1/enroll': {
      ...{ action: 'agent.enrolled', target: 'node', told: 'after' },
      ...{ actorType: 'AGENT', actor: /./ },
      act: () => nobody.request('POST', '/agent/v1/enroll', enrolmentOf(bearer.enrolment, keys))
    },
    'POST /api/v1/nodes/:id/revoke': {
      ...{ action: 'node.revoked', target: 'node', told: 'after' },
      act: () => byAdmin('POST', `/nodes/${ids.node}/revoke`)
    },
    'DELETE /api/v1/nodes/:id': {
      ...{ action: 'node.deleted', target: 'node', told: 'before' },
      act: () => byAdmin('DELETE', `/nodes/${ids.node}`)
    },
    'POST /api/v1/ctrls': {
      ...{ action: 'ctrl.created', target: 'ctrl', told: 'after' },
      act: () => byAdmin('POST', '/ctrls', { name: 'Games' }),
      learn: put('ctrl')
    },
    'PATCH /api/v1/ctrls/:id': {
      ...{ action: 'ctrl.updated', target: 'ctrl', told: 'both' },
      act: () => byAdmin('PATCH', `/ctrls/${ids.ctrl}`, { description: 'All of them.' })
    },
    'POST /api/v1/alts': {
      ...{ action: 'alt.created', target: 'alt', told: 'after' },
      act: () => {
        const { standard: defaultValue, script } = passwords
        const variable = { name: 'Secret', envVariable: 'SECRET', defaultValue }
        return byAdmin('POST', '/alts', {
          ...{ ctrlId: ids.ctrl, name: 'Game', dockerImage: 'registry.example/game:1' },
          ...{ startup: '/game', variables: [variable] },
          install: { image: 'registry.example/installer:1', script },
          config: { done: ['ready'], stop: { type: 'command', value: 'quit', graceSeconds: 5 } }
        })
      },
      learn: put('alt')
    },
    'PATCH /api/v1/alts/:id': {
      ...{ action: 'alt.updated', target: 'alt', told: 'both' },
      act: () => byAdmin('PATCH', `/alts/${ids.alt}`, { description: 'The game.' })
    },
    'POST /api/v1/ctrls/:id/alts/import': {
      ...{ action: 'alt.imported', target: 'alt', told: 'after' },
      act: () =>
        byAdmin('POST', `/ctrls/${ids.ctrl}/alts/import`, { content: eggOf('first', updateUrl) }),
      learn: body => put('egg')(body.alt)
    },
    'POST /api/v1/ctrls/:id/alts/import-many': {
      ...{ action: 'alt.imported', target: 'alt', told: 'both' },
      act: () => {
        const files = [{ name: 'newer.json', content: eggOf('second', updateUrl) }]
        return byAdmin('POST', `/ctrls/${ids.ctrl}/alts/import-many`, { files })
      }
    },
    'POST /api/v1/alts/:id/update': {
      ...{ action: 'alt.imported', target: 'alt', told: 'both' },
      act: () => byAdmin('POST', `/alts/${ids.egg}/update`)
    },
    'POST /api/v1/servers': {
      ...{ action: 'server.created', target: 'server', told: 'after' },
      act: () => {
        const environment = { SECRET: passwords.variable }
        return byAdmin('POST', '/servers', { ...server, altId: ids.alt, environment })
      },
      learn: body => put('server')(body.server)
    },
    'PATCH /api/v1/servers/:id': {
      ...{ action: 'server.updated', target: 'server', told: 'both' },
      act: () => {
        const environment = { SECRET: `${passwords.variable} and more` }
        return byAdmin('PATCH', `/servers/${ids.server}`, { memoryMiB: 512, environment })
      }
    },
    'POST /api/v1/servers/:id/allocations': {
      ...{ action: 'server.port.added', target: 'server', told: 'after' },
      act: () => byAdmin('POST', `/servers/${ids.server}/allocations`, {}),
      learn: ({ allocations }) => put('secondPort')(allocations[1])
    },
    'PATCH /api/v1/servers/:id/allocations/:allocationId': {
      ...{ action: 'server.port.primary', target: 'server', told: 'both' },
      act: () =>
        byAdmin('PATCH', `/servers/${ids.server}/allocations/${ids.secondPort}`, {
          isPrimary: true
        }),
      learn: ({ allocations }) => put('secondPort')(allocations[1])
    },
    'DELETE /api/v1/servers/:id/allocations/:allocationId': {
      ...{ action: 'server.port.removed', target: 'server', told: 'before' },
      act: () => byAdmin('DELETE', `/servers/${ids.server}/allocations/${ids.secondPort}`)
    },
    'POST /api/v1/servers/:id/power': {
      ...{ action: 'server.start', target: 'server', told: 'both' },
      act: () => byAdmin('POST', `/servers/${ids.server}/power`, { action: 'start' })
    },
    'POST /api/v1/servers/:id/console': {
      ...{ action: 'server.console.input', target: 'server', told: 'after', isNoted: true },
      act: () => byAdmin('POST', `/servers/${ids.server}/console`, { command: 'say hello' })
    },
    'POST /api/v1/servers/:id/reinstall': {
      ...{ action: 'server.reinstall', target: 'server', told: 'both' },
      act: () => byAdmin('POST', `/servers/${ids.server}/reinstall`, {})
    },
    'POST /api/v1/commands/:id/cancel': {
      ...{ action: 'command.cancel', target: 'command', told: 'both' },
      async prepare() {
        const body = { ...server, altId: ids.alt, nodeId: beta.node.id, queue: true }
        ids.command = (await admin.request('POST', api('/servers'), body)).body.command.id
      },
      act: () => byAdmin('POST', `/commands/${ids.command}/cancel`)
    },
    'POST /api/v1/nodes/:id/declare-lost': {
      ...{ action: 'node.declared-lost', target: 'node', told: 'both' },
      act: () => byAdmin('POST', `/nodes/${beta.node.id}/declare-lost`)
    },

    // ---- who shares a server
    'POST /api/v1/servers/:id/members': {
      ...{ action: 'server.member.invited', target: 'server', told: 'after' },
      act: () =>
        byAdmin('POST', `/servers/${ids.server}/members`, { invite: 'bob', permissions: [] }),
      learn: put('invitation')
    },
    'DELETE /api/v1/servers/:id/invitations/:invitationId': {
      ...{ action: 'server.invitation.withdrawn', target: 'server', told: 'before' },
      act: () => byAdmin('DELETE', `/servers/${ids.server}/invitations/${ids.invitation}`)
    },
    'POST /api/v1/invitations/:id/decline': {
      ...{ action: 'server.invitation.declined', target: 'server', told: 'before', actor: 'bob' },
      prepare: invited,
      act: () => now.bob.request('POST', api(`/invitations/${ids.invitation}/decline`))
    },
    'POST /api/v1/invitations/:id/accept': {
      ...{ action: 'server.member.joined', target: 'server', told: 'after', actor: 'bob' },
      prepare: invited,
      act: () => now.bob.request('POST', api(`/invitations/${ids.invitation}/accept`))
    },
    'PATCH /api/v1/servers/:id/members/:userId': {
      ...{ action: 'server.member.updated', target: 'server', told: 'both' },
      act: () => {
        const permissions = ['console-read']
        return byAdmin('PATCH', `/servers/${ids.server}/members/${bob.id}`, { permissions })
      }
    },
    'DELETE /api/v1/servers/:id/members/:userId': {
      ...{ action: 'server.member.removed', target: 'server', told: 'before' },
      act: () => byAdmin('DELETE', `/servers/${ids.server}/members/${bob.id}`)
    },

    // ---- one's own account
    'POST /api/v1/auth/login': {
      ...{ action: 'auth.login', target: 'session', told: 'after', actor: 'ann' },
      act: () => {
        now.ann = stranger(panel.url)
        const body = { username: 'ann', password: bearer.password }
        return now.ann.request('POST', api('/auth/login'), body)
      },
      learn: () => keep(now.ann.cookie.split('=')[1])
    },
    'POST /api/v1/auth/logout': {
      ...{ action: 'auth.logout', target: 'session', told: 'after', actor: 'ann' },
      act: () => now.ann.request('POST', api('/auth/logout'))
    },
    'POST /api/v1/auth/password': {
      ...{ action: 'auth.password.changed', target: 'user', told: 'both', actor: 'ann' },
      prepare: () => logIn('ann'),
      act: () => {
        const body = { currentPassword: bearer.password, newPassword: passwords.chosen }
        return now.ann.request('POST', api('/auth/password'), body)
      },
      learn() {
        bearer.password = passwords.chosen
      }
    },
    'POST /api/v1/auth/password-reset': {
      ...{ action: 'auth.password-reset.asked', target: 'user', told: 'neither' },
      ...{ actor: null, inBackground: true },
      act: () => nobody.request('POST', api('/auth/password-reset'), { email: annsMail })
    },
    'POST /api/v1/auth/password-reset/confirm': {
      ...{ action: 'auth.password-reset.done', target: 'user', told: 'after', actor: 'ann' },
      prepare: () =>
        mailed(annsMail, () =>
          nobody.request('POST', api('/auth/password-reset'), { email: annsMail })
        ),
      act: () => {
        const body = { token: bearer.token, newPassword: passwords.reset }
        return nobody.request('POST', api('/auth/password-reset/confirm'), body)
      },
      async learn() {
        bearer.password = passwords.reset
        await logIn('ann')
      }
    },
    'POST /api/v1/auth/email': {
      ...{ action: 'auth.email-change.asked', target: 'user', told: 'both', actor: 'ann' },
      inBackground: true,
      act: () => {
        const body = { newEmail: 'anna@example.invalid', currentPassword: bearer.password }
        return now.ann.request('POST', api('/auth/email'), body)
      }
    },
    'POST /api/v1/auth/email/confirm': {
      ...{ action: 'auth.email-change.done', target: 'user', told: 'both', actor: 'ann' },
      prepare: () =>
        mailed('anne@example.invalid', () => {
          const body = { newEmail: 'anne@example.invalid', currentPassword: bearer.password }
          return now.ann.request('POST', api('/auth/email'), body)
        }),
      act: () => now.ann.request('POST', api('/auth/email/confirm'), { token: bearer.token })
    },
    'DELETE /api/v1/auth/sessions/:id': {
      ...{ action: 'auth.session.ended', target: 'session', told: 'after', actor: 'ann' },
      async prepare() {
        const other = await login(panel, 'ann', bearer.password)
        ids.session = await sessionOf(other)
      },
      act: () => now.ann.request('DELETE', api(`/auth/sessions/${ids.session}`))
    },
    'DELETE /api/v1/auth/sessions': {
      ...{ action: 'auth.sessions.ended', target: 'user', told: 'after', actor: 'ann' },
      prepare: () => login(panel, 'ann', bearer.password),
      act: () => now.ann.request('DELETE', api('/auth/sessions'))
    },
    'POST /api/v1/api-keys': {
      ...{ action: 'api-key.created', target: 'api-key', told: 'after', actor: 'ann' },
      act: () => {
        const body = { name: 'deploy', currentPassword: bearer.password }
        return now.ann.request('POST', api('/api-keys'), body)
      },
      learn({ apiKey, secret }) {
        put('key')(apiKey)
        keep(secret)
      }
    },
    'DELETE /api/v1/api-keys/:id': {
      ...{ action: 'api-key.deleted', target: 'api-key', told: 'before', actor: 'ann' },
      act: () => now.ann.request('DELETE', api(`/api-keys/${ids.key}`))
    },
    'POST /api/v1/auth/totp': {
      ...{ action: 'auth.totp.begun', target: 'user', told: 'after', actor: 'ann' },
      act: () => now.ann.request('POST', api('/auth/totp'), { currentPassword: bearer.password }),
      learn({ secret }) {
        bearer.totp = secret
        keep(secret)
      }
    },
    'POST /api/v1/auth/totp/confirm': {
      ...{ action: 'auth.totp.enabled', target: 'user', told: 'both', actor: 'ann' },
      act: async () => now.ann.request('POST', api('/auth/totp/confirm'), { code: await code() }),
      learn: ({ recoveryCodes }) => keep(...recoveryCodes)
    },
    'POST /api/v1/auth/totp/recovery-codes': {
      ...{ action: 'auth.recovery-codes.renewed', target: 'user', told: 'after', actor: 'ann' },
      act: async () => {
        const body = { currentPassword: bearer.password, code: await code() }
        return now.ann.request('POST', api('/auth/totp/recovery-codes'), body)
      },
      learn: ({ recoveryCodes }) => keep(...recoveryCodes)
    },
    'DELETE /api/v1/auth/totp': {
      ...{ action: 'auth.totp.disabled', target: 'user', told: 'both', actor: 'ann' },
      act: async () => {
        const body = { currentPassword: bearer.password, code: await code() }
        return now.ann.request('DELETE', api('/auth/totp'), body)
      }
    },

    // ---- others' accounts
    'DELETE /api/v1/users/:id/totp': {
      ...{ action: 'user.totp.removed', target: 'user', told: 'both' },
      async prepare() {
        const { secret, recoveryCodes } = await setUpTotp(panel, now.bob)
        keep(secret, ...recoveryCodes)
      },
      act: () => byAdmin('DELETE', `/users/${bob.id}/totp`)
    },
    'PUT /api/v1/users/:id/permissions': {
      ...{ action: 'user.permissions.updated', target: 'user', told: 'both' },
      act: () => {
        const permissions = [{ permission: 'server-power', effect: 'ALLOW' }]
        return byAdmin('PUT', `/users/${bob.id}/permissions`, { permissions })
      }
    },
    'DELETE /api/v1/users/:id/sessions/:sessionId': {
      ...{ action: 'auth.session.ended', target: 'session', told: 'after' },
      async prepare() {
        ids.session = await sessionOf(now.ann)
      },
      act: () => byAdmin('DELETE', `/users/${ann.id}/sessions/${ids.session}`)
    },
    'DELETE /api/v1/users/:id/sessions': {
      ...{ action: 'auth.sessions.ended', target: 'user', told: 'after' },
      prepare: () => logIn('ann'),
      act: () => byAdmin('DELETE', `/users/${ann.id}/sessions`)
    },

    // ---- what goes last
    'DELETE /api/v1/servers/:id': {
      ...{ action: 'server.delete', target: 'server', told: 'before' },
      act: () => byAdmin('DELETE', `/servers/${ids.server}`)
    },
    'DELETE /api/v1/alts/:id': {
      ...{ action: 'alt.deleted', target: 'alt', told: 'before' },
      prepare: () => prisma.server.deleteMany(),
      act: () => byAdmin('DELETE', `/alts/${ids.alt}`)
    },
    'DELETE /api/v1/ctrls/:id': {
      ...{ action: 'ctrl.deleted', target: 'ctrl', told: 'before' },
      prepare: () => prisma.alt.deleteMany({ where: { ctrlId: ids.ctrl ?? '' } }),
      act: () => byAdmin('DELETE', `/ctrls/${ids.ctrl}`)
    },
    'DELETE /api/v1/users/:id': {
      ...{ action: 'user.deleted', target: 'user', told: 'before' },
      act: () => byAdmin('DELETE', `/users/${ids.carl}`)
    },
    'DELETE /api/v1/roles/:id': {
      ...{ action: 'role.deleted', target: 'role', told: 'before' },
      act: () => byAdmin('DELETE', `/roles/${ids.role}`)
    }
  }
}
