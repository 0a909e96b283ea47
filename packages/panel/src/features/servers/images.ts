import { validationFailed } from '../../errors.ts'

/** The image to run: the alt's default, or one of those that the alt offers. */
export function checkImage(
  alt: { dockerImage: string; dockerImages: Readonly<Record<string, string>> },
  wanted: string | undefined
): string {
  if (wanted === undefined) return alt.dockerImage
  const offered = new Set([alt.dockerImage, ...Object.values(alt.dockerImages)])
  if (offered.has(wanted)) return wanted
  const message = `must be one of the alt's: ${[...offered].join(', ')}`
  throw validationFailed([{ field: 'body.dockerImage', message }])
}
