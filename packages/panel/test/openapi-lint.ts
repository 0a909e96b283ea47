import { createConfig, lintFromString } from '@redocly/openapi-core'
import core, { type RulesetDefinition } from '@stoplight/spectral-core'
import rulesets from '@stoplight/spectral-rulesets'

/** Rules that make no sense here. */
const spectralRules = {
  // A WebSocket succeeds with 101. That the other operations name a success, the test sees itself.
  'operation-success-response': 'off'
} as const
const redoclyRules = {
  'operation-2xx-response': 'off',
  // It does not follow `x-websocket`; Spectral's rule of the same kind does.
  'no-unused-components': 'off'
} as const

/** What Spectral's own rules for OpenAPI find, errors and warnings. */
export async function lintWithSpectral(source: string): Promise<string[]> {
  const spectral = new core.Spectral()
  spectral.setRuleset({ extends: [rulesets.oas as RulesetDefinition], rules: spectralRules })
  const found = await spectral.run(source)
  return found.map(({ code, message, path }) => `${code} at ${path.join('.')}: ${message}`)
}

/** What Redocly's recommended rules find. */
export async function lintWithRedocly(source: string): Promise<string[]> {
  const config = await createConfig({ extends: ['recommended'], rules: redoclyRules })
  const found = await lintFromString({ source, absoluteRef: 'openapi.json', config })
  return found.map(
    ({ ruleId, message, location: [at] }) => `${ruleId} at ${at?.pointer}: ${message}`
  )
}
