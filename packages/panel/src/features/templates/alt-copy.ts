import type { AltRow } from './templates.repo.ts'

const parts = [
  ...(['dockerImage', 'dockerImages', 'startup', 'startupMode', 'config', 'features'] as const),
  ...(['installContainer', 'installEntrypoint', 'installScript', 'variables'] as const)
]

/** What servers are made of: a version of an alt. What only the catalogue shows is not in it. */
export type AltCopy = Pick<AltRow, (typeof parts)[number]>

export function copyOf(alt: AltCopy): AltCopy {
  return Object.fromEntries(parts.map(part => [part, alt[part]])) as AltCopy
}
