import { useEffect, useState } from 'react'

/** The secret of a mailed link: it is behind the #, which no server sees, and does not stay in the address. */
export function useLinkSecret(): string | null {
  const [secret] = useState(() => new URLSearchParams(location.hash.slice(1)).get('token'))
  useEffect(() => {
    if (secret === null) return
    const { pathname, search } = location
    history.replaceState(history.state, '', pathname + search)
  }, [secret])
  return secret
}
