/** A NUL or half of a surrogate pair, as JSON writes them. */
const suspicious = /\\u(?:0000|d[89a-f])/i

/** PostgreSQL keeps neither: what an agent says goes without them. `text` is the JSON that the value came from. */
export function cleanTexts<T>(value: T, text: string): T {
  return suspicious.test(text) ? (clean(value) as T) : value
}

function clean(value: unknown): unknown {
  if (typeof value === 'string') return cleanString(value)
  if (Array.isArray(value)) return value.map(clean)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [cleanString(key), clean(part)])
  )
}

/** Encoding replaces what is no character. */
function cleanString(value: string): string {
  return Buffer.from(value.replaceAll('\0', '')).toString()
}
