import { Type } from '@sinclair/typebox'

/** A reference as Docker reads it: registry, path, tag, digest. */
export const ImageReference = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: '^[a-z0-9][a-zA-Z0-9._:/@-]*$',
  description: 'e.g. ghcr.io/owner/game:1.2'
})
