/** What `{{name}}` in a config file's value stands for; `text`: for itself. */
export type Placeholder =
  | { kind: 'variable'; name: string }
  /** What the panel tells each game, by its name in the environment. */
  | { kind: 'built-in'; name: string }
  /** The address at which a game finds its node: only the node knows it. */
  | { kind: 'gateway' }
  /** The node's own settings, which no egg is told. */
  | { kind: 'nothing' }
  | { kind: 'text' }

export const placeholderForm = /\{\{([\w.-]*)\}\}/g

const variable = /^(?:server\.build\.env|server\.build\.environment|server\.environment|env)\.(.+)$/
const builtIns: readonly [RegExp, string][] = [
  [/^server\.(?:build|allocations)\.default\.port$/, 'SERVER_PORT'],
  [/^server\.(?:build|allocations)\.default\.ip$/, 'SERVER_IP'],
  [/^server\.build\.memory(?:_limit)?$/, 'SERVER_MEMORY']
]

export function placeholderOf(name: string): Placeholder {
  const [, env] = variable.exec(name) ?? []
  if (env !== undefined) return { kind: 'variable', name: env }
  const [, builtIn] = builtIns.find(([form]) => form.test(name)) ?? []
  if (builtIn !== undefined) return { kind: 'built-in', name: builtIn }
  if (/^config\.docker\.(?:network\.)?interface$/.test(name)) return { kind: 'gateway' }
  return { kind: name.startsWith('config.') ? 'nothing' : 'text' }
}
