/** Docker's ISO time with up to nine decimals, as nanoseconds since 1970. */
export function nanosOf(iso: string): bigint {
  const match = /^(.*?)(?:\.(\d{1,9}))?Z$/.exec(iso)
  const seconds = Date.parse(`${match?.[1] ?? iso}Z`)
  if (!match || Number.isNaN(seconds)) return 0n
  return BigInt(seconds) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'))
}
