/** A terminal's Ctrl-C comes twice through npm (to the group, and passed on): that is one wish. */
const sameWishMs = 700

/**
 * One AbortSignal for Ctrl-C, SIGTERM and a closed terminal. `onForce` is called when the wish is
 * repeated: then everything ends at once.
 */
export function watchStopSignals({ onFirst, onForce }) {
  const stop = new AbortController()
  const state = { firstAt: 0 }
  const onSignal = () => {
    if (!state.firstAt) {
      state.firstAt = Date.now()
      onFirst()
      stop.abort()
    } else if (Date.now() - state.firstAt > sameWishMs) {
      onForce()
    }
  }
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, onSignal)
  return stop.signal
}
