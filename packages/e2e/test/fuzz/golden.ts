import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../world/config.ts'

export type Direction = 'agent' | 'panel'

/** One real message of each type, as `direction` says it: the protocol's own golden ones. */
export function goldenOf(direction: Direction): string[] {
  const folder = join(repository, 'packages/protocol/test/golden/v1')
  return readdirSync(folder)
    .filter(name => name.startsWith(`${direction}.`))
    .sort()
    .map(name => JSON.stringify(JSON.parse(readFileSync(join(folder, name), 'utf8'))))
}

export const goldenIds = {
  server: '0191b2c4-2222-7000-8000-000000000002',
  command: '0191b2c4-1111-7000-8000-000000000001'
} as const
