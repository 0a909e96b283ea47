/** Raised when an old peer could no longer understand us. Adding an optional field does not raise it. */
export const PROTOCOL_VERSION = 1

/** The oldest version this build still speaks. */
export const OLDEST_SUPPORTED_VERSION = 1

export interface VersionRange {
  min: number
  max: number
}

/** The newest version both ends speak, or undefined when the ranges do not meet. */
export function agreeVersion(ours: VersionRange, theirs: VersionRange): number | undefined {
  const newest = Math.min(ours.max, theirs.max)
  return newest >= Math.max(ours.min, theirs.min) ? newest : undefined
}
