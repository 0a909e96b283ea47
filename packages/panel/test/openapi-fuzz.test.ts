import fc from 'fast-check'
import t from 'tap'
import { type Description, readDescription } from './fuzz/description.ts'
import { openFuzzWorld } from './fuzz/fuzz-world.ts'
import { createRequests, type FuzzRequest, type Requests } from './fuzz/requests.ts'
import { createSender, type RawRequest } from './fuzz/send.ts'
import { stranger } from './helper.ts'

// biome-ignore-start lint/style/noProcessEnv: npm run fuzz tells it to this file
const REQUESTS = Number(process.env.FUZZ_REQUESTS || 5_000)
const SEED = Number(process.env.FUZZ_SEED || Math.floor(Math.random() * 2 ** 31))
// biome-ignore-end lint/style/noProcessEnv: npm run fuzz tells it to this file
/** After so many requests what they have used up is put back. */
const TEND_EVERY = 60
const MOST_SHOWN = 12
/** What the panel says of several nodes that are revoked within a minute. */
const NODES_REVOKED = 'most nodes fell silent at once'
const SMALLER_MS = 3_000
t.comment(`${REQUESTS} requests; again by FUZZ_SEED=${SEED}`)

t.setTimeout(300_000 + REQUESTS * 40)

t.test('whatever is asked, the answer is one that the description knows', async t => {
  const world = await openFuzzWorld(t)
  const { body: document } = await stranger(world.panel.url).request('GET', '/api/docs/json')
  const description = readDescription(document)
  const requests = createRequests(description)
  const sender = createSender(world.panel.url)
  t.teardown(sender.close)
  const asked = new Map<string, number>()
  const succeeded = new Set<string>()
  const statuses: Record<string, number> = {}
  const found = new Map<string, Finding>()
  const slowest = { ms: 0 }
  let replayed = 0
  const count = (status: number) => {
    statuses[status] = (statuses[status] ?? 0) + 1
  }

  async function ask(request: FuzzRequest, number: number) {
    const { operation, actor } = request
    const raw = world.resolve(request, number)
    const began = performance.now()
    const answer = await sender.send(raw)
    const ms = Math.round(performance.now() - began)
    if (ms > slowest.ms) Object.assign(slowest, { ms, number, id: operation.id })
    count(answer.status)
    asked.set(operation.id, (asked.get(operation.id) ?? 0) + 1)
    if (answer.status < 300) succeeded.add(operation.id)
    const problems = problemsOf(description, request, answer)
    world.learn(request, answer)
    for (const problem of problems) {
      const name = `${operation.id}: ${problem}`
      const finding = { number, actor, raw, answer: answer.text.slice(0, 400) }
      if (!found.has(name)) found.set(name, finding)
    }
    const isOut = answer.status === 401 && actor !== 'anonymous'
    const hasOwnCredentials = 'cookie' in request.headers || 'authorization' in request.headers
    if (isOut && !hasOwnCredentials) await world.tend()
    return { problems, answer }
  }

  async function askTwice(request: FuzzRequest, number: number): Promise<void> {
    const headers = { ...request.headers, 'idempotency-key': `twice-${number}` }
    const { answer: first } = await ask({ ...request, headers }, number)
    const { answer: second } = await ask({ ...request, headers }, number)
    if (!second.isReplayed) return
    replayed += 1
    t.same([second.status, second.text], [first.status, first.text], `request ${number}, twice`)
  }

  /** The least that still fails in the same way, as far as a few seconds go. */
  async function smallest(name: string, number: number): Promise<string> {
    const property = fc.asyncProperty(arbitraryOf(requests, number), async request => {
      const { problems } = await ask(request, number)
      return !problems.some(problem => `${request.operation.id}: ${problem}` === name)
    })
    const options = { seed: seedOf(number), numRuns: 1, interruptAfterTimeLimit: SMALLER_MS }
    const [request] = (await fc.check(property, options)).counterexample ?? []
    return request ? shown(world.resolve(request, number)) : 'it did not fail again'
  }

  for (let number = 0; number < REQUESTS; number++) {
    if (number % TEND_EVERY === 0) await world.tend()
    const request = requestAt(requests, number)
    if (request.twice) await askTwice(request, number)
    else await ask(request, number)
  }

  t.comment(JSON.stringify(statuses))
  t.comment(`the slowest: ${JSON.stringify(slowest)}`)
  const never = description.operations.filter(({ id }) => !succeeded.has(id)).map(({ id }) => id)
  t.comment(`never with success: ${never.join(', ')}`)
  for (const [name, { number, actor, raw, answer }] of [...found].slice(0, MOST_SHOWN)) {
    const small = await smallest(name, number)
    t.fail(`request ${number} by ${actor}: ${name}`, { request: shown(raw), small, answer })
  }
  t.same([...found.keys()], [])
  t.equal(asked.size, description.operations.length, 'all were asked for')
  t.ok(succeeded.size > asked.size / 2, `${succeeded.size} of them with success`)
  t.ok(replayed > 0, `${replayed} answers came again by their key`)
  t.equal(Reflect.get({}, 'isAdmin'), undefined, 'no prototype was changed')
  const surprises = world.panel
    .logged()
    .split('\n')
    .filter(line => /"level":[56]0/.test(line) && !line.includes(NODES_REVOKED))
  t.same(surprises.slice(0, MOST_SHOWN), [], 'nothing of it was a surprise to the panel')
  // With a node that is connected: agents are still served.
  await world.tend()
  t.equal((await sender.send(healthy)).status, 200)
})

const healthy: RawRequest = { method: 'GET', path: '/readyz', headers: {}, body: undefined }

interface Finding {
  number: number
  actor: string
  raw: RawRequest
  answer: string
}

function problemsOf(
  description: Description,
  { operation }: FuzzRequest,
  answer: Parameters<Description['problemsOf']>[1]
): string[] {
  if (answer.status >= 500) return [`${answer.status}`]
  return description.problemsOf(operation, answer)
}

const seedOf = (number: number): number => (SEED ^ Math.imul(number, 0x9e3779b1)) | 0

/** The first ones ask for each operation once. */
const arbitraryOf = ({ any, each }: Requests, number: number) => each[number] ?? any

/** The same for the same seed and number. */
function requestAt(requests: Requests, number: number): FuzzRequest {
  const options = { seed: seedOf(number), numRuns: 1 }
  const [request] = fc.sample(arbitraryOf(requests, number), options)
  if (!request) throw new Error('no request was made')
  return request
}

function shown({ method, path, headers, body }: RawRequest): string {
  const { cookie: _, ...rest } = headers
  return `${method} ${path} ${JSON.stringify(rest)} ${body ?? ''}`.slice(0, 1_500)
}
