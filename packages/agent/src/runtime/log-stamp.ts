/** Docker's own time before each piece of a log: `2026-01-31T12:00:00.123456789Z `. */
export const STAMP_BYTES = 31

const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{9})Z $/

export interface StampReader {
  /** Nanoseconds since 1970, or undefined when no stamp is there. */
  at(bytes: Buffer, offset: number): bigint | undefined
}

/** Remembers the latest second: of a thousand lines nearly all share it. */
export function createStampReader(): StampReader {
  let second = ''
  let secondNs = 0n
  return {
    at(bytes, offset) {
      const match = STAMP.exec(bytes.toString('latin1', offset, offset + STAMP_BYTES))
      if (!match?.[1] || !match[2]) return
      if (match[1] !== second) {
        second = match[1]
        secondNs = BigInt(Date.parse(`${second}Z`)) * 1_000_000n
      }
      return secondNs + BigInt(Number(match[2]))
    }
  }
}

/** As the engine's `since` wants it: seconds with nine decimals. It includes its own instant. */
export function formatSince(ns: bigint): string {
  return `${ns / 1_000_000_000n}.${(ns % 1_000_000_000n).toString().padStart(9, '0')}`
}
