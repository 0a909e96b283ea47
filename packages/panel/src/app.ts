import { join } from 'node:path'
import { limits, openFailpoint } from '@ctrl-alt-play/protocol'
import cookiePlugin from '@fastify/cookie'
import jwt from '@fastify/jwt'
import rateLimit from '@fastify/rate-limit'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import websocket from '@fastify/websocket'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyRequest,
  LogController,
  type RouteOptions
} from 'fastify'
import type { PanelIdentity } from './agents/identity-file.ts'
import type { Config } from './config.ts'
import type { Database } from './db/client.ts'
import { migrationStatus } from './db/migrate.ts'
import { createSlowStatements } from './db/slow-statements.ts'
import { TooManyRequests } from './errors.ts'
import { createPanelEvents } from './events.ts'
import { failpointProcess } from './failpoint-process.ts'
import { createApiKeysRepo } from './features/api-keys/api-keys.repo.ts'
import { apiKeysRoutes } from './features/api-keys/api-keys.routes.ts'
import { createApiKeysService } from './features/api-keys/api-keys.service.ts'
import { createAuditRepo } from './features/audit/audit.repo.ts'
import { auditRoutes } from './features/audit/audit.routes.ts'
import { createAuditService } from './features/audit/audit.service.ts'
import { createAudit } from './features/audit/audit.ts'
import { accountMailRoutes } from './features/auth/account-mail.routes.ts'
import { createActorsRepo } from './features/auth/actors.repo.ts'
import { createActors } from './features/auth/actors.ts'
import { sourceOf } from './features/auth/address.ts'
import { createAuthRepo } from './features/auth/auth.repo.ts'
import { authRoutes } from './features/auth/auth.routes.ts'
import { createAuthService } from './features/auth/auth.service.ts'
import { createEmailChangeRepo } from './features/auth/email-change.repo.ts'
import { createEmailChange } from './features/auth/email-change.service.ts'
import { createPasswordResetRepo } from './features/auth/password-reset.repo.ts'
import { createPasswordReset } from './features/auth/password-reset.service.ts'
import type { Passwords } from './features/auth/passwords.ts'
import { createProofs } from './features/auth/proofs.ts'
import { createSessionCookie } from './features/auth/session-cookie.ts'
import { createFleetCounter } from './features/health/fleet.repo.ts'
import { healthRoutes } from './features/health/health.routes.ts'
import { createHealthService } from './features/health/health.service.ts'
import { createMetrics } from './features/health/metrics.ts'
import { metricsAccess } from './features/health/metrics-access.ts'
import { createBackground } from './features/mail/background.ts'
import { createMailer, type MailTiming } from './features/mail/mailer.ts'
import { createInvitationMail } from './features/members/invitation-mail.ts'
import { createInvitationsRepo } from './features/members/invitations.repo.ts'
import { invitationsRoutes } from './features/members/invitations.routes.ts'
import { createInvitationsService } from './features/members/invitations.service.ts'
import { createMembersRepo } from './features/members/members.repo.ts'
import { membersRoutes } from './features/members/members.routes.ts'
import { createMembersService } from './features/members/members.service.ts'
import { createOverridesRepo } from './features/permissions/overrides.repo.ts'
import { overridesRoutes } from './features/permissions/overrides.routes.ts'
import { createOverridesService } from './features/permissions/overrides.service.ts'
import { permissionsRoutes } from './features/permissions/permissions.routes.ts'
import { createServerAccess } from './features/permissions/server-access.ts'
import { createServerFactsRepo } from './features/permissions/server-facts.repo.ts'
import { createUserAccess } from './features/permissions/user-access.ts'
import { createRolesRepo } from './features/roles/roles.repo.ts'
import { rolesRoutes } from './features/roles/roles.routes.ts'
import { createRolesService } from './features/roles/roles.service.ts'
import { createSessionsRepo } from './features/sessions/sessions.repo.ts'
import { sessionsRoutes, userSessionsRoutes } from './features/sessions/sessions.routes.ts'
import { createSessionsService } from './features/sessions/sessions.service.ts'
import { createDatabaseRepo } from './features/system/database.repo.ts'
import { createDatabaseService } from './features/system/database.service.ts'
import { systemRoutes } from './features/system/system.routes.ts'
import { createSecondFactor } from './features/two-factor/second-factor.ts'
import { createTwoFactorRepo } from './features/two-factor/two-factor.repo.ts'
import { twoFactorRoutes, userTotpRoutes } from './features/two-factor/two-factor.routes.ts'
import { createTwoFactorService } from './features/two-factor/two-factor.service.ts'
import { createLeavingRepo } from './features/users/leaving.repo.ts'
import { createLeaving } from './features/users/leaving.ts'
import { createUserChangesRepo } from './features/users/user-changes.repo.ts'
import { createUserChanges } from './features/users/user-changes.service.ts'
import { createUserRemoval } from './features/users/user-removal.service.ts'
import { createUsersRepo } from './features/users/users.repo.ts'
import { usersRoutes } from './features/users/users.routes.ts'
import { createUsersService } from './features/users/users.service.ts'
import { createFeatures, type FeaturesDeps } from './features.ts'
import { installFolder } from './folders.ts'
import { newId } from './new-id.ts'
import { apiPage } from './plugins/api-page.ts'
import { authentication } from './plugins/authentication.ts'
import { errorHandler, sendError } from './plugins/error-handler.ts'
import { createIdempotencyRepo } from './plugins/idempotency.repo.ts'
import { idempotency } from './plugins/idempotency.ts'
import { acceptJsonBodies } from './plugins/json-body.ts'
import { answerMalformed } from './plugins/malformed.ts'
import { openapi } from './plugins/openapi.ts'
import { originCheck } from './plugins/origin-check.ts'
import { overload } from './plugins/overload.ts'
import { routeRules } from './plugins/route-rules.ts'
import { buildSerializer, buildValidator } from './plugins/schema-compilers.ts'
import { securityHeaders } from './plugins/security-headers.ts'
import { unreadBody } from './plugins/unread-body.ts'
import { webAssets } from './plugins/web-assets.ts'
import { createFingerprint } from './secrets/fingerprint.ts'
import type { Vault } from './secrets/vault.ts'
import { version } from './version.ts'

export interface AppDeps {
  config: Config
  db: Database
  log: FastifyBaseLogger
  passwords: Passwords
  /** Signs cookies. */
  secret: string
  /** Seals what the database must not tell by itself. */
  vault: Vault
  /** Where others reach the panel. */
  publicUrl: () => string
  /** Who this panel is to its agents. */
  identity: PanelIdentity
  link?: FeaturesDeps['link']
  publicNet?: FeaturesDeps['publicNet']
  /** How mails are tried; tests are quicker. */
  mailTiming?: Partial<MailTiming>
  /** Told of every route, e.g. by a test that goes through them all. */
  onRoute?: (route: RouteOptions) => void
  tls?: { cert: string; key: string }
}

const BODY_LIMIT = 256 * 1024
const RECEIVE_MS = 60_000

/** The composition root: the one place that knows which parts the panel is made of. */
export async function buildApp(deps: AppDeps) {
  const { config, db, log, passwords, secret, vault, tls, publicUrl, identity } = deps
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: RECEIVE_MS,
    trustProxy: config.trustedProxies.length > 0 ? config.trustedProxies : false,
    genReqId: newId,
    forceCloseConnections: 'idle',
    frameworkErrors: (err, request, reply) => void sendError(err, request, reply),
    schemaController: { compilersFactory: { buildSerializer, buildValidator } },
    clientErrorHandler: answerMalformed,
    https: tls ?? null
  }).withTypeProvider<TypeBoxTypeProvider>()
  app.removeContentTypeParser('text/plain')
  acceptJsonBodies(app)

  const events = createPanelEvents(log)
  const audit = createAudit(db, log)
  const { session } = config
  const actorsRepo = createActorsRepo(db)
  const actors = createActors({ repo: actorsRepo, events, audit, log, session })
  const facts = createServerFactsRepo(db)
  const access = createServerAccess(facts, actors, events)
  const failpoint = config.failpoint && openFailpoint(config.failpoint, failpointProcess(log))
  const features = createFeatures({
    ...{ db, vault, audit, events, log, access, facts, identity, publicUrl, failpoint },
    ...(deps.link && { link: deps.link }),
    ...(deps.publicNet && { publicNet: deps.publicNet })
  })
  const { link, creation } = features
  const mailer = createMailer({ config: config.mail, log, timing: deps.mailTiming })
  const background = createBackground(log)
  const metrics = createMetrics({ app, events, db, countFleet: createFleetCounter(db) })
  const { slowStatementMs } = config
  const slow = createSlowStatements({ thresholdMs: slowStatementMs, log })
  const stopHearing = db.onStatement(slow.hear)
  const database = createDatabaseService({
    ...{ db, slow, slowStatementMs },
    repo: createDatabaseRepo(db)
  })
  // Agents are told good-bye before their sockets close, and while the database is still there.
  app.addHook('preClose', () => link.stop())
  app.addHook('onReady', () => link.start())
  app.addHook('onResponse', async ({ log: line, method, routeOptions }, reply) => {
    const { statusCode: status, elapsedTime: ms } = reply
    line.debug({ method, route: routeOptions.url, status, ms }, 'answered')
  })
  app.addHook('onClose', async () => {
    actors.close()
    metrics.close()
    database.close()
    stopHearing()
    await background.close()
    await mailer.close()
    await audit.close()
  })

  const isHttps = tls !== undefined || config.publicUrl?.startsWith('https:') === true
  await app.register(routeRules)
  if (deps.onRoute) app.addHook('onRoute', deps.onRoute)
  await app.register(errorHandler)
  await app.register(securityHeaders, { isHttps })
  await app.register(unreadBody)
  await app.register(overload)
  await app.register(rateLimit, {
    global: false,
    keyGenerator: request => sourceOf(request.ip),
    errorResponseBuilder: (_, { ttl }) => new TooManyRequests(Math.ceil(ttl / 1_000))
  })
  await app.register(websocket, {
    options: { maxPayload: limits.agentMessageBytes },
    errorHandler(err, socket, request) {
      request.log.debug({ err }, 'a socket failed')
      // Where the failure has a close code of its own, ws has sent it already and this does nothing.
      socket.close(1011)
    }
  })
  await app.register(cookiePlugin)
  await app.register(jwt, {
    secret,
    sign: { algorithm: 'HS256' },
    verify: { algorithms: ['HS256'] }
  })
  const cookie = createSessionCookie(app.jwt, httpsCheck(config.publicUrl))
  await app.register(originCheck, { publicUrl: config.publicUrl })
  const { rateLimitPerMinute } = config
  await app.register(authentication, { actors, cookie, access, rateLimitPerMinute })
  await app.register(idempotency, {
    repo: createIdempotencyRepo(db),
    ...{ vault, fingerprint: createFingerprint(secret, 'idempotency') }
  })
  await app.register(openapi, { version })
  await app.register(apiPage)
  await app.register(webAssets, { folder: join(installFolder, 'packages/web/dist') })

  await app.register(healthRoutes, {
    health: createHealthService(db, () => migrationStatus(db.pool)),
    metrics,
    mayReadMetrics: metricsAccess(config)
  })
  const api = '/api/v1'
  const people = createUserAccess(actorsRepo)
  const authRepo = createAuthRepo(db, audit)
  const twoFactorRepo = createTwoFactorRepo(db, audit)
  const factor = createSecondFactor({ repo: twoFactorRepo, logins: authRepo, vault })
  const proofs = createProofs({ repo: authRepo, passwords, factor, audit })
  const sessions = createSessionsService({
    ...{ users: people, events, session },
    repo: createSessionsRepo(db, audit)
  })
  const auth = createAuthService({
    ...{ repo: authRepo, passwords, proofs, factor, audit, events, session }
  })
  const twoFactor = createTwoFactorService({
    ...{ repo: twoFactorRepo, factor, proofs, users: people, vault, events }
  })
  const apiKeys = createApiKeysService({ repo: createApiKeysRepo(db, audit), proofs, events })
  await app.register(authRoutes, { prefix: `${api}/auth`, auth, sessions, cookie })
  const passwordReset = createPasswordReset({
    ...{ repo: createPasswordResetRepo(db, audit), mailer, background, passwords, events },
    publicUrl
  })
  const emailChange = createEmailChange({
    ...{ repo: createEmailChangeRepo(db, audit), proofs, mailer, background, events, publicUrl }
  })
  await app.register(accountMailRoutes, { prefix: `${api}/auth`, passwordReset, emailChange })
  await app.register(sessionsRoutes, { prefix: `${api}/auth/sessions`, sessions })
  await app.register(twoFactorRoutes, { prefix: `${api}/auth/totp`, twoFactor })
  await app.register(apiKeysRoutes, { prefix: `${api}/api-keys`, apiKeys })
  await app.register(userSessionsRoutes, { prefix: `${api}/users`, sessions })
  await app.register(userTotpRoutes, { prefix: `${api}/users`, twoFactor })
  await app.register(permissionsRoutes, { prefix: `${api}/permissions` })
  const roles = createRolesService({ repo: createRolesRepo(db), audit, events })
  await app.register(rolesRoutes, { prefix: `${api}/roles`, roles })
  const overrides = createOverridesService({
    ...{ repo: createOverridesRepo(db), people: actorsRepo, audit, events }
  })
  await app.register(overridesRoutes, { prefix: `${api}/users`, overrides })
  const invited = createInvitationsRepo(db)
  const sharing = { repo: createMembersRepo(db), invited, audit, events }
  const mail = createInvitationMail({ invited, mailer, background, publicUrl, log })
  const members = createMembersService({ ...sharing, mail })
  await app.register(membersRoutes, { prefix: `${api}/servers`, members })
  const invitations = createInvitationsService({ ...sharing, people: actorsRepo })
  await app.register(invitationsRoutes, { prefix: `${api}/invitations`, invitations })
  const users = createUsersService(createUsersRepo(db))
  const userChangesRepo = createUserChangesRepo(db)
  const leaving = createLeaving({
    ...{ repo: createLeavingRepo(db), users: userChangesRepo, audit, events, log },
    ...{ servers: features.removal, outbox: features.outbox }
  })
  app.addHook('onReady', async () => leaving.start())
  app.addHook('preClose', () => leaving.stop())
  const changes = createUserChanges({
    ...{ repo: userChangesRepo, people: actorsRepo, passwords, mailer, audit, events, publicUrl },
    leaving
  })
  const removal = createUserRemoval({
    ...{ repo: userChangesRepo, people: actorsRepo, servers: features.removal, audit, events }
  })
  await app.register(usersRoutes, { prefix: `${api}/users`, users, changes, removal })
  const auditLog = createAuditService(createAuditRepo(db), audit)
  await app.register(auditRoutes, { prefix: `${api}/audit-logs`, audit: auditLog })

  await app.register(systemRoutes, { prefix: `${api}/system`, database })

  await features.register(app, api)

  return { app, link, creation, leaving }
}

/** Whether the browser came over HTTPS: to us, to a trusted proxy, or to the name that PUBLIC_URL says is one. */
function httpsCheck(publicUrl: string | undefined): (request: FastifyRequest) => boolean {
  const secureHost = publicUrl?.startsWith('https:') ? new URL(publicUrl).host : undefined
  return request => request.protocol === 'https' || request.host === secureHost
}
