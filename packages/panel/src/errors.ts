import createError from '@fastify/error'

/** Every error a caller can meet: its code is part of the API, its text is not. */

/** One thing that was wrong, or one thing that stands in the way. */
export interface ErrorDetail {
  /** Where in the request, e.g. "body.name". */
  field?: string
  message: string
  /** What depends on the thing, e.g. { type: "server", id, name }. */
  type?: string
  id?: string
  name?: string
}

/** The error handler shows `details` of any error that carries them. */
function withDetails<E extends Error>(
  err: E,
  details: ErrorDetail[]
): E & { details: ErrorDetail[] } {
  return Object.assign(err, { details })
}

// 400: the request itself
const ValidationFailed = createError('VALIDATION_FAILED', 'The request is not valid: %s', 400)
export const MalformedJson = createError('MALFORMED_JSON', 'The body is not valid JSON', 400)

/** Names what was wrong and where; `sentence` where the first field's name is not what people know it by. */
export function validationFailed(details: [ErrorDetail, ...ErrorDetail[]], sentence?: string) {
  const [{ field, message }] = details
  const said = field ? `${field} ${message}` : message
  return withDetails(new ValidationFailed(sentence ?? said), details)
}

// 401, 403: who is asking
export const Unauthenticated = createError('UNAUTHENTICATED', 'You are not logged in', 401)
export const LoginFailed = createError('LOGIN_FAILED', 'The user or the password is wrong', 401)
export const TotpRequired = createError(
  'TOTP_REQUIRED',
  'This account has a second factor: send its code as well, as totp',
  401
)
const wrongTotp = 'The code is wrong, too old, or was used before'
export const LoginTotpWrong = createError('WRONG_TOTP', wrongTotp, 401)
export const WrongTotp = createError('WRONG_TOTP', wrongTotp, 403)
export const WrongPassword = createError('WRONG_PASSWORD', 'The current password is wrong', 403)
export const LoginNeeded = createError('LOGIN_NEEDED', 'An API key cannot do this: log in', 403)
const ForbiddenError = createError('FORBIDDEN', 'You need the permission %s for this', 403)
export const PasswordChangeRequired = createError(
  'PASSWORD_CHANGE_REQUIRED',
  'Choose a new password first: POST /api/v1/auth/password',
  403
)
export const TotpSetupRequired = createError(
  'TOTP_SETUP_REQUIRED',
  'Your role needs a second factor: set one up first, POST /api/v1/auth/totp',
  403
)
export const NotManagingMembers = createError(
  'NOT_MANAGING_MEMBERS',
  'Only the owner of a server, and who may change all servers, manages its members',
  403
)
export const OwnPermissions = createError(
  'OWN_PERMISSIONS',
  'Nobody changes their own permissions: ask somebody else who may',
  403
)
export const OwnAccount = createError(
  'OWN_ACCOUNT',
  'Nobody does this to their own account: ask somebody else who may',
  403
)
export const MailTokenRefused = createError(
  'MAIL_TOKEN_REFUSED',
  'This link is wrong, too old, or was used before: ask for a new one',
  403
)
export const OriginRefused = createError(
  'ORIGIN_REFUSED',
  'This request came from another site than the panel',
  403
)

/** Names the permission that is missing. */
export function forbidden(permission: string) {
  const err = new ForbiddenError(permission)
  return withDetails(err, [
    { type: 'permission', name: permission, message: `needs ${permission}` }
  ])
}

// 401, 409, 410: a machine that wants to join
export const EnrollmentRefused = createError(
  'ENROLLMENT_REFUSED',
  'The enrolment token or the proof is wrong: paste the whole line that the panel shows',
  401
)
export const EnrollmentTokenUsed = createError(
  'ENROLLMENT_TOKEN_USED',
  'This enrolment token was used by another machine: make a new one in the panel',
  409
)
export const EnrollmentKeyTaken = createError(
  'ENROLLMENT_KEY_TAKEN',
  'This key is revoked or belongs to another node: run ctrl-alt-play-agent unregister, then register again',
  409
)
export const EnrollmentTokenExpired = createError(
  'ENROLLMENT_TOKEN_EXPIRED',
  'This enrolment token has expired: make a new one in the panel',
  410
)

// 404: not there, or not to be seen
export const RouteNotFound = createError('ROUTE_NOT_FOUND', 'No route %s %s', 404)
export const WebFileNotFound = createError(
  'WEB_FILE_NOT_FOUND',
  'No file %s among the web pages: if it is index.html, run npm run build',
  404
)
export const ServerNotFound = createError('SERVER_NOT_FOUND', 'No server %s', 404)
export const NodeNotFound = createError('NODE_NOT_FOUND', 'No node %s', 404)
export const AllocationNotFound = createError('ALLOCATION_NOT_FOUND', 'No allocation %s', 404)
export const CtrlNotFound = createError('CTRL_NOT_FOUND', 'No ctrl %s', 404)
export const AltNotFound = createError('ALT_NOT_FOUND', 'No alt %s', 404)
export const AltVersionNotFound = createError(
  'ALT_VERSION_NOT_FOUND',
  'No version %s of alt %s',
  404
)
export const CommandNotFound = createError('COMMAND_NOT_FOUND', 'No command %s', 404)
export const UserNotFound = createError('USER_NOT_FOUND', 'No user %s', 404)
export const SessionNotFound = createError('SESSION_NOT_FOUND', 'No login %s', 404)
export const ApiKeyNotFound = createError('API_KEY_NOT_FOUND', 'No API key %s', 404)
export const RoleNotFound = createError('ROLE_NOT_FOUND', 'No role %s', 404)
export const MemberNotFound = createError('MEMBER_NOT_FOUND', 'No member %s', 404)
export const InvitationNotFound = createError('INVITATION_NOT_FOUND', 'No invitation %s', 404)
export const StatsNotFound = createError('STATS_NOT_FOUND', 'No sample of server %s yet', 404)

// 409: it cannot be done as things stand
export const NameTaken = createError('NAME_TAKEN', 'The name %s is taken', 409)

/** Names the field whose name somebody else has. */
export function nameTakenAt(field: string, name: string) {
  return withDetails(new NameTaken(name), [{ field, message: 'is taken' }])
}
export const LastAdmin = createError(
  'LAST_ADMIN',
  '%s is the last administrator who can log in: make another one first',
  409
)
export const MailNotSetUp = createError(
  'MAIL_NOT_SET_UP',
  'This panel sends no mail: SMTP_URL is not set',
  409
)
const UserHasServersError = createError('USER_HAS_SERVERS', '%s owns servers: %s', 409)

/** Names the servers. */
export function userHasServers(username: string, servers: { id: string; name: string }[]) {
  const names = servers.slice(0, 5).map(server => server.name)
  const more = servers.length > 5 ? ` and ${servers.length - 5} more` : ''
  const details = servers.slice(0, 100).map(({ id, name }) => ({
    ...{ type: 'server', id, name },
    message: `${name} belongs to ${username}`
  }))
  return withDetails(new UserHasServersError(username, names.join(', ') + more), details)
}
export const NodeOffline = createError('NODE_OFFLINE', 'Node %s is not connected', 409)
export const NodeQuarantined = createError(
  'NODE_QUARANTINED',
  'Node %s is in quarantine: its key was seen in two places',
  409
)
export const NodeOnline = createError(
  'NODE_ONLINE',
  'Node %s is connected: only one that is gone can be declared lost',
  409
)
export const NodeInMaintenance = createError(
  'NODE_IN_MAINTENANCE',
  'Node %s is in maintenance and takes no new servers',
  409
)
export const NoNodeFits = createError('NO_NODE_FITS', 'No node can take this server: %s', 409)
export const TotpAlreadySet = createError(
  'TOTP_ALREADY_SET',
  'There is a second factor already: remove it first',
  409
)
export const TotpNotBegun = createError(
  'TOTP_NOT_BEGUN',
  'No second factor waits for its first code: POST /api/v1/auth/totp',
  409
)
export const TotpNotSet = createError('TOTP_NOT_SET', 'There is no second factor', 409)
export const OwnTotp = createError(
  'OWN_TOTP',
  'Your own second factor goes with its code: DELETE /api/v1/auth/totp',
  409
)
export const TooManyApiKeys = createError(
  'TOO_MANY_API_KEYS',
  'You have %s API keys, which is the most there may be: delete one first',
  409
)
export const SystemRole = createError(
  'SYSTEM_ROLE',
  'The role %s is part of the panel: it is not renamed or deleted, and ADMIN may do everything',
  409
)
export const TooManyMembers = createError(
  'TOO_MANY_MEMBERS',
  'A server has at most %s members and open invitations: remove one first',
  409
)
export const InvitationVoid = createError(
  'INVITATION_VOID',
  'Who sent this invitation may no longer give what it promises: ask for a new one',
  409
)
const AllocationTaken = createError('ALLOCATION_TAKEN', 'Taken: port %s', 409)

/** Names every port that is not free. */
export function allocationsTaken(ports: [number, ...number[]]) {
  const shown = ports.slice(0, 10).join(', ')
  const more = ports.length > 10 ? ` and ${ports.length - 10} more` : ''
  const details = ports.slice(0, 100).map(port => ({ message: `port ${port} is taken` }))
  return withDetails(new AllocationTaken(shown + more), details)
}
export const TooManyAllocations = createError(
  'TOO_MANY_ALLOCATIONS',
  'A node has %s ports at most: take some away first',
  409
)
export const TooManyPorts = createError(
  'TOO_MANY_PORTS',
  'A server has %s ports at most: take one away first',
  409
)
export const PrimaryPort = createError(
  'PRIMARY_PORT',
  'Port %s is the one that players use: make another one the primary first',
  409
)
export const NoFreeAllocation = createError(
  'NO_FREE_ALLOCATION',
  'Node %s has no free port: add allocations or name one',
  409
)
export const ServerSuspended = createError('SERVER_SUSPENDED', 'Server %s is suspended', 409)
export const ServerLimitReached = createError(
  'SERVER_LIMIT_REACHED',
  '%s may own %s servers, and does',
  409
)
export const ServerBusy = createError('SERVER_BUSY', 'Server %s is busy: %s', 409)
export const ServerNotRunning = createError('SERVER_NOT_RUNNING', 'Server %s is not running', 409)
export const InputStalled = createError(
  'INPUT_STALLED',
  'The game of server %s does not read its input',
  409
)
export const ServerNotInstalled = createError(
  'SERVER_NOT_INSTALLED',
  'Server %s is not installed yet',
  409
)
export const ServerWithoutNode = createError(
  'SERVER_WITHOUT_NODE',
  'Server %s has no node: its node was deleted',
  409
)
export const CommandFinal = createError('COMMAND_FINAL', 'Command %s has already ended', 409)
export const RequestInProgress = createError(
  'REQUEST_IN_PROGRESS',
  'The first request with this Idempotency-Key is still being answered',
  409
)
export const Conflict = createError(
  'CONFLICT',
  'Something else changed this at the same time: look at it again and try anew',
  409
)
const InUseError = createError('IN_USE', '%s is in use by %s', 409)

/** Names what depends on the thing. */
export function inUse(what: string, dependants: ErrorDetail[]) {
  const names = dependants.slice(0, 5).map(dependant => dependant.name ?? dependant.message)
  const more = dependants.length > 5 ? ` and ${dependants.length - 5} more` : ''
  return withDetails(new InUseError(what, names.join(', ') + more), dependants)
}

// 413, 415, 422, 426, 429
export const BodyTooLarge = createError(
  'BODY_TOO_LARGE',
  'The body is larger than what is taken here',
  413
)
export const UnsupportedMediaType = createError(
  'UNSUPPORTED_MEDIA_TYPE',
  'Send the body as application/json',
  415
)
export const UpgradeRequired = createError(
  'UPGRADE_REQUIRED',
  'This is a WebSocket: open it as one',
  426
)
const EggRefusedError = createError('EGG_REFUSED', 'This egg cannot be imported: %s', 422)

/** Names the place in the egg. */
export function eggRefused({ place, message }: { place: string; message: string }) {
  return withDetails(new EggRefusedError(`${place} ${message}`), [{ field: place, message }])
}
const EggNotFetchedError = createError(
  'EGG_NOT_FETCHED',
  'This egg cannot be fetched: its address %s',
  422
)

/** `reason` goes on after the address. */
export function eggNotFetched(field: string, reason: string) {
  return withDetails(new EggNotFetchedError(reason), [{ field, message: reason }])
}

export const AltIconNotFound = createError(
  'ALT_ICON_NOT_FOUND',
  'The alt %s has no such icon (any more)',
  404
)
export const NoUpdateAddress = createError(
  'NO_UPDATE_ADDRESS',
  'The alt %s came from no egg that says where newer ones are',
  409
)
export const IdempotencyKeyReused = createError(
  'IDEMPOTENCY_KEY_REUSED',
  'This Idempotency-Key was used for another request',
  422
)
export const TooManyRequests = createError(
  'TOO_MANY_REQUESTS',
  'Too many requests: try again in %s s',
  429
)

const LostAnswerError = createError(
  'OUTCOME_UNKNOWN',
  'The panel stopped or failed while it did this for the first time: look whether it happened',
  504
)

/** Names the command that came of it, when there is one. */
export function lostAnswer(commandId: string | undefined) {
  const err = new LostAnswerError()
  if (commandId === undefined) return err
  return withDetails(err, [{ type: 'command', id: commandId, message: 'was made for it' }])
}

// 5xx: not the caller's fault
export const AgentRefused = createError('AGENT_REFUSED', 'The node refused: %s', 502)
export const Unavailable = createError(
  'UNAVAILABLE',
  'The panel cannot do this just now: try again in a moment',
  503
)
export const AgentBundleMissing = createError(
  'AGENT_BUNDLE_MISSING',
  'The agent that machines fetch from the panel is missing: run npm run build',
  503
)
export const OutcomeUnknown = createError(
  'OUTCOME_UNKNOWN',
  'The node was lost while it was doing this: it may or may not have happened',
  504
)
