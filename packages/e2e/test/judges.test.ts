import { request } from 'node:http'
import t, { type Test } from 'tap'
import { DESK } from '../judges/form-desk.ts'
import { startListener } from '../judges/listener.ts'
import { callParties, type Party, panelSettings } from '../judges/parties.ts'
import { createWorld } from './world/world.ts'

t.setTimeout(180_000)

/**
 * What cannot work: nobody here has such a code or token, no template came from an egg, a main port stays,
 * and this panel sends no mail.
 */
const worthless: Record<string, number> = {
  'POST /agent/v1/enroll': 401,
  'POST /api/v1/auth/password-reset/confirm': 403,
  'POST /api/v1/auth/email/confirm': 403,
  'POST /api/v1/auth/email': 409,
  'POST /api/v1/auth/totp/confirm': 403,
  'POST /api/v1/auth/totp/recovery-codes': 409,
  'DELETE /api/v1/auth/totp': 409,
  'DELETE /api/v1/users/{id}/totp': 409,
  'POST /api/v1/commands/{id}/cancel': 409,
  'GET /api/v1/alts/{id}/update': 409,
  'POST /api/v1/alts/{id}/update': 409,
  'DELETE /api/v1/servers/{id}/allocations/{allocationId}': 409,
  'DELETE /api/v1/servers/{id} as a user by key': 403,
  'DELETE /api/v1/servers/{id}/allocations/{allocationId} as a user by key': 403
}

// The judges themselves take a quarter of an hour (npm run judges); what they need of the product is held here.
t.test('each operation of the API is shown to the judges as a request that works', async t => {
  const world = await createWorld(t, { env: panelSettings })
  const listener = await startListener(t)
  const parties = await callParties(t, { world, listener, isQuick: false })
  const [admin, login, user] = parties
  if (!admin || !login || !user) throw new Error('not everybody came')
  const names = (party: Party) => party.operations.map(({ name }) => name)
  const byOne = [...names(admin), ...names(login)]
  t.equal(new Set(byOne).size, byOne.length, 'a key does what a key may, a login the rest')
  t.ok(names(user).length > 10, `a user may do ${names(user).length} of them`)
  t.ok(login.pages.length > 20, `${login.pages.length} of them can be opened`)

  for (const { actor, relay, operations } of parties) {
    const page = await through(relay.url, world.url + DESK, actor.headers)
    const forms = [...page.body.matchAll(/<form .*?<\/form>/g)].map(([html]) => html)
    t.equal(forms.length, operations.length, actor.name)
    for (const [index, form] of forms.entries()) {
      const name = operations[index]?.name ?? ''
      const { status, body } = await through(relay.url, filledIn(form), actor.headers)
      const want = worthless[`${name} as ${actor.name}`] ?? worthless[name] ?? 200
      const fits = want === 200 ? status >= 200 && status < 300 : status === want
      t.ok(fits, `${name} as ${actor.name}: ${status}`, { body: body.slice(0, 500) })
    }
    const { failures, outside, problems, requests } = relay.seen.report()
    t.same([...failures, ...outside, ...problems], [], actor.name)
    t.equal(requests, forms.length, actor.name)
  }
  await stays(t, admin)
})

async function stays(t: Test, { relay, actor }: Party): Promise<void> {
  const { status } = await through(relay.url, 'http://example.invalid/', actor.headers)
  t.equal(status, 502)
  t.same(relay.seen.report().outside, ['GET http://example.invalid/'], 'nobody leaves this machine')
}

/** What a browser asks for when it sends the form as it is. */
function filledIn(form: string): string {
  const [, action = ''] = /action="(.*?)"/.exec(form) ?? []
  const fields = new URLSearchParams()
  for (const [, name = '', value = ''] of form.matchAll(/name="(.*?)"><option value="(.*?)"/g)) {
    fields.append(unescaped(name), unescaped(value))
  }
  return `${action}?${fields}`
}

function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
}

function through(
  proxy: string,
  url: string,
  headers: Record<string, string>
): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(proxy)
  return new Promise((resolve, reject) => {
    const asking = request({ hostname, port, path: url, headers }, response => {
      let body = ''
      response.setEncoding('utf8').on('data', (part: string) => (body += part))
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    asking.once('error', reject)
    asking.end()
  })
}
