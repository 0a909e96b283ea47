import { validationFailed } from '../../errors.ts'

interface Images {
  dockerImage: string
  dockerImages: Readonly<Record<string, string>>
}

/** What a server runs on another version: what was chosen for it as long as that is offered, else the default. */
export function imageOfVersion(current: string, from: Images | undefined, to: Images): string {
  const isChosen = current !== from?.dockerImage && offeredBy(to).has(current)
  return isChosen ? current : to.dockerImage
}

function offeredBy({ dockerImage, dockerImages }: Images): Set<string> {
  return new Set([dockerImage, ...Object.values(dockerImages)])
}

/** The image to run: the alt's default, or one of those that the alt offers. */
export function checkImage(alt: Images, wanted: string | undefined): string {
  if (wanted === undefined) return alt.dockerImage
  const offered = offeredBy(alt)
  if (offered.has(wanted)) return wanted
  const message = `must be one of the alt's: ${[...offered].join(', ')}`
  throw validationFailed([{ field: 'body.dockerImage', message }])
}
