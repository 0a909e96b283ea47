import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Teardown } from '../test/world/world.ts'

/** A page of this HTML and nothing else: what network and browser cost alone. Answers its address. */
export async function barePage(t: Teardown, html: string): Promise<string> {
  const server = createServer((_, answer) =>
    answer.setHeader('content-type', 'text/html').end(`<!doctype html>${html}`)
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
